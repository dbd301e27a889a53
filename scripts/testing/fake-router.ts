import { setTimeout as sleep } from 'node:timers/promises';
import type { AttributeValue, GetItemCommand, GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import {
  type CallOptions,
  type RouteClient,
  type RouterClock,
  type RouterHooks,
  type TenantOperation,
  TenantRouter,
  type TenantRouting,
} from '../../functions/router/tenant-router.ts';

export interface FakeRouterOptions {
  /** The live table of each tenant, by the tenant's id. Any other tenant has no route. */
  readonly tenants: Readonly<Record<string, string>>;
  /** Lease of every route, in ms. Default: 30,000, as in a deployment. */
  readonly leaseMs?: number;
  /** Maximum time that a write waits for a fence to end, in ms. Default: 10,000. 0: give up at once. */
  readonly maxWriteWaitMs?: number;
  readonly hooks?: RouterHooks;
}

/** A call that the router has run. */
export interface RoutedCall {
  readonly tenantId: string;
  readonly operation: 'read' | 'write';
  /** The table that was live. */
  readonly table: string;
}

/**
 * A router whose routes are in memory. It is the router of `tierferry/router` with its leases, fences and errors; only the
 * requests for routes are answered without DynamoDB.
 */
export interface FakeRouter extends TenantRouting {
  /** The calls that were run so far, in the order in which they began. */
  readonly calls: readonly RoutedCall[];
  /** Adds a tenant with its live table. */
  addTenant(tenantId: string, table: string): void;
  /** Removes a tenant's route, as the removal of the tenant does. Leases that were given stay valid. */
  removeTenant(tenantId: string): void;
  /**
   * Moves a tenant as a migration does: fences its writes, waits until the operations under way have ended, and makes the table
   * live. Takes no longer than these operations: the router's clock is set ahead by a lease.
   * @throws Error if the tenant has no route
   */
  moveTenant(tenantId: string, table: string): Promise<void>;
  /** Fences a tenant's writes: they wait, and fail with `TenantWriteFenced` after `maxWriteWaitMs`. Reads go on. */
  fenceWrites(tenantId: string): void;
  /** Ends the fence. */
  openWrites(tenantId: string): void;
  /** Ends every lease now. An operation under way fails with `TenantLeaseExpired`, whatever it returns. */
  endLeases(): void;
}

interface FakeRoute {
  readonly table: string;
  readonly writes: 'open' | 'fenced';
}

/** Creates a router for tests that need no DynamoDB. */
export const createFakeRouter = (options: FakeRouterOptions): FakeRouter => {
  const { leaseMs = 30_000, tenants, maxWriteWaitMs, hooks } = options;
  const routes = new Map<string, FakeRoute>(
    Object.entries(tenants).map(([tenantId, table]) => [tenantId, { table, writes: 'open' }]),
  );
  const clock = new ShiftedClock();
  const client = routesClient(routes, leaseMs);
  const router = new TenantRouter({ client, clock, maxWriteWaitMs, hooks });
  const calls: RoutedCall[] = [];
  const underWay = new Set<Promise<unknown>>();
  const routeOf = (tenantId: string): FakeRoute => {
    const route = routes.get(tenantId);
    if (!route) throw new Error(`the fake router has no tenant ${tenantId}: add it first`);
    return route;
  };
  const run =
    (operation: RoutedCall['operation']) =>
    <T>(tenantId: string, work: TenantOperation<T>, callOptions?: CallOptions): Promise<T> =>
      router[operation](
        tenantId,
        (table, context) => {
          calls.push({ tenantId, operation, table });
          const result = work(table, context);
          const done = result.then(ignore, ignore).finally(() => underWay.delete(done));
          underWay.add(done);
          return result;
        },
        callOptions,
      );
  return {
    calls,
    read: run('read'),
    write: run('write'),
    addTenant: (tenantId, table) => routes.set(tenantId, { table, writes: 'open' }),
    removeTenant: (tenantId) => routes.delete(tenantId),
    async moveTenant(tenantId, table) {
      routes.set(tenantId, { ...routeOf(tenantId), writes: 'fenced' });
      // operations that begin meanwhile under a lease of the old route end, too
      while (underWay.size > 0) await Promise.all(underWay);
      clock.advance(leaseMs);
      routes.set(tenantId, { table, writes: 'open' });
    },
    fenceWrites(tenantId) {
      routes.set(tenantId, { ...routeOf(tenantId), writes: 'fenced' });
      // routes that are cached would let writes through until their leases end
      clock.advance(leaseMs);
    },
    openWrites: (tenantId) => routes.set(tenantId, { ...routeOf(tenantId), writes: 'open' }),
    endLeases: () => clock.advance(leaseMs),
  };
};

const ignore = () => undefined;

/** Answers the router's requests for routes. */
const routesClient = (routes: ReadonlyMap<string, FakeRoute>, leaseMs: number): RouteClient => ({
  async send({ input }: GetItemCommand): Promise<GetItemCommandOutput> {
    const route = routes.get(input.Key?.tenantId?.S ?? '');
    return { $metadata: {}, Item: route && itemOf(route, leaseMs) };
  },
});

const itemOf = ({ table, writes }: FakeRoute, leaseMs: number): Record<string, AttributeValue> => ({
  table: { S: table },
  epoch: { N: '1' },
  writes: { S: writes },
  leaseMs: { N: String(leaseMs) },
});

/** The system's clocks, set ahead by the fake router. */
class ShiftedClock implements RouterClock {
  #aheadMs = 0;

  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  monotonic(): number {
    return performance.now() + this.#aheadMs;
  }

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleep(ms, undefined, { signal }).catch((error) => {
      throw signal?.reason ?? error;
    });
  }
}
