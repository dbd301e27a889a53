import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../functions/migration/ports.ts';
import { TenantRouter, TenantWriteFenced } from '../../functions/router/tenant-router.ts';
import type { Routed } from './clients.ts';

/** What the routers of one history saw. */
export interface Waits {
  /** Of a write that was sent, until it was, in ms. */
  longest: number;
  /** Writes that were given up before they had waited for as long as a router was told. */
  tooShort: number;
}

/** A router of its own, that tells how long writes wait. */
export const measuredRouter = (
  options: { readonly client: DynamoDBClient; readonly clock: Clock; readonly maxWriteWaitMs: number },
  waits: Waits,
): Routed => {
  const router = new TenantRouter(options);
  return {
    read: (tenantId, fn) => router.read(tenantId, fn),
    async write(tenantId, fn) {
      const calledAt = performance.now();
      const waited = () => performance.now() - calledAt;
      try {
        return await router.write(tenantId, (table, given) => {
          waits.longest = Math.max(waits.longest, waited());
          return fn(table, given);
        });
      } catch (error) {
        if (error instanceof TenantWriteFenced && waited() < options.maxWriteWaitMs) waits.tooShort += 1;
        throw error;
      }
    },
  };
};
