import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../functions/migration/clock-port.ts';
import type { TenantRouting } from '../../functions/router/router.ts';
import { TenantRouter, TenantWriteFenced } from '../../functions/router/tenant-router.ts';

/** Waits measured by the routers of one history. */
export interface Waits {
  /** Longest time until a write was sent, in ms. */
  longest: number;
  /** Number of writes that were given up before they had waited for `maxWriteWaitMs`. */
  tooShort: number;
}

/** Creates a router that measures how long writes wait. */
export const measuredRouter = (
  options: { readonly client: DynamoDBClient; readonly clock: Clock; readonly maxWriteWaitMs: number },
  waits: Waits,
): TenantRouting => {
  const router = new TenantRouter(options);
  return {
    read: (tenantId, fn, given) => router.read(tenantId, fn, given),
    async write(tenantId, fn, given) {
      const calledAt = performance.now();
      const waited = () => performance.now() - calledAt;
      try {
        const timed: typeof fn = (table, leased) => {
          waits.longest = Math.max(waits.longest, waited());
          return fn(table, leased);
        };
        return await router.write(tenantId, timed, given);
      } catch (error) {
        if (error instanceof TenantWriteFenced && waited() < options.maxWriteWaitMs) waits.tooShort += 1;
        throw error;
      }
    },
  };
};
