import {
  type CallOptions,
  TenantRouter,
  type TenantRouterOptions,
} from '../../functions/router/tenant-router.ts';
import { FakeRoutesTable, type Item } from './fake-routes-table.ts';
import { VirtualClock } from './virtual-clock.ts';

/** The way in which an operation was started. */
export interface Begun {
  readonly table: string;
  readonly at: number;
  readonly signal: AbortSignal;
}

/** A router with a routes table and a clock that the test controls. */
export const aRouter = (
  options: Omit<TenantRouterOptions, 'client' | 'clock'> = {},
  items?: Readonly<Record<string, Item>>,
) => {
  const clock = new VirtualClock();
  const routes = new FakeRoutesTable(clock, items);
  const router = new TenantRouter({ client: routes, clock, random: () => 0.5, ...options });
  const begun: Begun[] = [];

  const operation =
    (takesMs: number) =>
    async (table: string, { signal }: { signal: AbortSignal }): Promise<string> => {
      begun.push({ table, at: clock.monotonic(), signal });
      await clock.sleep(takesMs, signal);
      return table;
    };
  return {
    clock,
    routes,
    router,
    begun,
    /** Resolves to the table that was used. */
    read: (tenantId = 'abc', takesMs = 0, call?: CallOptions) =>
      router.read(tenantId, operation(takesMs), call),
    write: (tenantId = 'abc', takesMs = 0, call?: CallOptions) =>
      router.write(tenantId, operation(takesMs), call),
    /** The outcome of an operation, once everything due within `ms` has run. */
    async outcome<T>(of: Promise<T>, ms = 0): Promise<T | Error | 'pending'> {
      let result: T | Error | 'pending' = 'pending';
      of.then(
        (value) => {
          result = value;
        },
        (error) => {
          result = error;
        },
      );
      await clock.advance(ms);
      return result;
    },
  };
};
