import { type RouterClock, systemClock } from './clock.ts';
import { type LiveTables, parsePastTables, type TenantHistory } from './consumers/live-tables.ts';
import { TenantRouteUnavailable, TenantWriteFenced } from './errors.ts';
import { FencePolls } from './fence-polls.ts';
import { callHook, type RouterHooks } from './hooks.ts';
import { RouteCache } from './route-cache.ts';
import { type RouteClient, RouteReader } from './route-reader.ts';
import { grantsLease, type RouteRecord } from './route-record.ts';
import { RouteSource, type UsableRoute } from './route-source.ts';
import type { CallOptions, TenantOperation, TenantRouting } from './routing.ts';
import { runUnderLease } from './under-lease.ts';
import { waitFor } from './wait-for.ts';
import { WriteRelease } from './write-release.ts';

export type { RouterClock } from './clock.ts';
export {
  TenantLeaseExpired,
  TenantRouteInvalid,
  TenantRouteNotFound,
  TenantRouteUnavailable,
  TenantRouteUnsupported,
  TenantWriteFenced,
  TenantWriteNotSent,
} from './errors.ts';
export type { RouterHooks } from './hooks.ts';
export type { RouteClient } from './route-reader.ts';
export type { CallOptions, TenantOperation, TenantRouting } from './routing.ts';
export { isTierferrySentinel, SENTINEL_ATTRIBUTE, SENTINEL_VALUE } from './sentinel.ts';

export interface TenantRouterOptions {
  /** A `DynamoDBClient`, which may be the application's own. It needs `dynamodb:GetItem` on the routes table only. */
  readonly client: RouteClient;
  /** Name of the routes table. Default: `saas-tenant-routes`. */
  readonly routesTable?: string;
  /**
   * Maximum time that a write waits for a fence to end, in ms. It is checked after each poll, so a write may wait
   * longer by one poll interval (20 to 50 ms) and one request. 0: give up after the first poll. Default: 10,000.
   */
  readonly maxWriteWaitMs?: number;
  /** Maximum duration of one request for a route, including the SDK's retries, in ms. Default: 5,000. */
  readonly routeTimeoutMs?: number;
  /** Maximum number of cached routes; the most recently requested ones are kept. Default: 10,000 (about 4 MB). */
  readonly maxCachedRoutes?: number;
  /** Replaces the system's clocks in tests. */
  readonly clock?: RouterClock;
  /** Returns a number from 0 to 1, from which the poll interval is chosen. Replaced in tests. */
  readonly random?: () => number;
  /** Functions to call on fence waits, lease ends and requests for routes. */
  readonly hooks?: RouterHooks;
}

/** Number of consecutive late answers after which a call fails: the lease is too short, or the process is too busy. */
const MAX_LATE_ANSWERS = 10;
/** Bounds of `TenantWriteFenced.retryAfterMs`. */
const RETRY_AFTER_MS = { least: 100, most: 60_000 };

/**
 * Reads and writes a tenant in the table where it currently lives, also while it is being moved. Create one router per
 * process and send every read and write of tenant items through it: a write that bypasses it may be lost in a move.
 *
 * ```ts
 * const client = new DynamoDBClient({});
 * const documents = DynamoDBDocumentClient.from(client);
 * const router = new TenantRouter({ client });
 *
 * const { Item } = await router.read(tenantId, (table, { signal }) =>
 *   documents.send(
 *     new GetCommand({ TableName: table, Key: { tenantId, entityKey }, ConsistentRead: true }),
 *     { abortSignal: signal },
 *   ),
 * );
 *
 * await router.write(tenantId, (table, { signal }) =>
 *   client.send(
 *     new TransactWriteItemsCommand({
 *       TransactItems: [
 *         { Put: { TableName: table, Item: school, ConditionExpression: 'attribute_not_exists(entityKey)' } },
 *         { Update: { TableName: table, ...oneMoreSchool } },
 *       ],
 *     }),
 *     { abortSignal: signal },
 *   ),
 * );
 * ```
 *
 * **Lease.** A route is used for at most its `leaseMs`, measured from before it was requested. The lease ends as soon
 * as the monotonic or the wall clock shows that it has. So a process that was suspended (a Lambda environment between
 * two invocations, a hibernated machine) requests the route again before it continues. An operation starts with at
 * least half of the lease left (a quarter if requesting the route again failed), and its signal aborts when the lease
 * ends. `leaseMs` is normally 30,000, and 1,000 near a cutover. So an operation can rely on 500 ms: make it one
 * request, or one page. If it returns or throws after the lease has ended, the call throws `TenantLeaseExpired`: the
 * outcome is unknown.
 *
 * **Fence.** While the tenant is fenced, a second or two per move, every read requests the route first, and writes
 * wait. The same holds for a route with a lease of 0 ms, which leaves no time in which a write would be safe.
 *
 * **Cost.** A process that uses N tenants all the time sends at most 2 N / leaseMs requests per millisecond. For 30 s
 * and 1,000 tenants that is 67 read units per second (a consistent read of less than 4 KB is one unit). Under a fence
 * the process has at most one request per tenant in flight, and all waiting writes share one poll every 20 to 50 ms.
 * See `docs/router.md`.
 */
export class TenantRouter implements TenantRouting, TenantHistory {
  readonly #clock: RouterClock;
  readonly #maxWriteWaitMs: number;
  readonly #routes: RouteSource;
  readonly #pauses: FencePolls;
  readonly #turns: WriteRelease;
  readonly #hooks: RouterHooks;

  constructor(options: TenantRouterOptions) {
    const { client, routesTable = 'saas-tenant-routes', routeTimeoutMs: timeoutMs = 5_000 } = options;
    this.#clock = options.clock ?? systemClock;
    this.#maxWriteWaitMs = options.maxWriteWaitMs ?? 10_000;
    this.#hooks = options.hooks ?? {};
    this.#routes = new RouteSource(
      new RouteReader({ client, routesTable, timeoutMs, clock: this.#clock, hooks: this.#hooks }),
      new RouteCache(options.maxCachedRoutes ?? 10_000),
    );
    this.#pauses = new FencePolls(this.#clock, options.random ?? Math.random);
    this.#turns = new WriteRelease(this.#clock);
  }

  /**
   * Runs `operation` on the tenant's live table and returns its value. Reads are not blocked by a fence.
   * @throws TenantLeaseExpired if the operation ended after its lease. What it read may be stale; call again.
   * @throws TenantRouteNotFound @throws TenantRouteInvalid @throws TenantRouteUnsupported
   * @throws TenantRouteUnavailable before the operation has started.
   * @throws any error of the SDK from requesting the route (before the operation has started), any error of
   * `operation`, and the reason of the caller's signal.
   */
  async read<T>(tenantId: string, operation: TenantOperation<T>, options: CallOptions = {}): Promise<T> {
    for (let late = 0; ; late++) {
      const inHand = await this.#routes.routeFor('read', tenantId, options.signal);
      if (hasEnoughLease(inHand)) return await this.#run('read', tenantId, inHand, operation, options);
      assertMayTryAgain(tenantId, late);
    }
  }

  /**
   * Runs `operation` on the tenant's live table once it accepts writes, and returns its value.
   * @throws TenantWriteFenced if that took longer than `maxWriteWaitMs`. Nothing was written; try again later.
   * @throws TenantLeaseExpired if the operation ended after its lease, even if it succeeded. It is unknown whether it
   * has taken effect in the live table.
   * @throws TenantRouteNotFound @throws TenantRouteInvalid @throws TenantRouteUnsupported
   * @throws TenantRouteUnavailable before the operation has started.
   * @throws any error of the SDK from requesting the route (before the operation has started), any error of
   * `operation`, and the reason of the caller's signal.
   */
  async write<T>(tenantId: string, operation: TenantOperation<T>, options: CallOptions = {}): Promise<T> {
    const calledAt = this.#clock.monotonic();
    // other writes have met the fence already; share their next poll
    const pause = this.#pauses.inFlight(tenantId);
    if (pause) await waitFor(pause, options.signal);
    let wasFenced = pause !== undefined;
    let metFence = wasFenced;
    for (let late = 0; ; ) {
      const inHand = await this.#routes.routeFor('write', tenantId, options.signal);
      if (!grantsLease(inHand.route)) {
        this.#assertMayWait(tenantId, inHand.route, calledAt);
        await waitFor(this.#pauses.join(tenantId), options.signal);
        wasFenced = metFence = true;
      } else if (!hasEnoughLease(inHand)) {
        assertMayTryAgain(tenantId, late++);
      } else if (wasFenced) {
        await waitFor(this.#turns.next(), options.signal);
        wasFenced = false;
      } else {
        if (metFence) this.#noteWait(tenantId, calledAt, false);
        return await this.#run('write', tenantId, inHand, operation, options);
      }
    }
  }

  /**
   * Returns the tenant's live table, and the tables that were live before. The answer includes every flip that happened
   * before this call, so it covers every stream record that the caller has received.
   * @throws TenantRouteNotFound @throws TenantRouteInvalid @throws TenantRouteUnavailable
   * @throws any error of the SDK from requesting the route, and the reason of the caller's signal.
   */
  async liveTables(tenantId: string, options: CallOptions = {}): Promise<LiveTables> {
    for (let late = 0; ; late++) {
      const inHand = await this.#routes.routeFor('read', tenantId, options.signal);
      // a route whose lease has ended may have flipped since
      if (hasEnoughLease(inHand)) {
        const { table, pastTables } = inHand.route;
        return { table, pastTables: parsePastTables(tenantId, pastTables) };
      }
      assertMayTryAgain(tenantId, late);
    }
  }

  #run<T>(
    access: 'read' | 'write',
    tenantId: string,
    { lease, route }: UsableRoute,
    operation: TenantOperation<T>,
    { signal }: CallOptions,
  ) {
    signal?.throwIfAborted();
    const leaseEnded = () => callHook(() => this.#hooks.leaseEnded?.({ tenantId, operation: access }));
    return runUnderLease({ tenantId, lease, clock: this.#clock, signal, leaseEnded }, (ofLease) =>
      operation(route.table, { signal: ofLease }),
    );
  }

  #noteWait(tenantId: string, calledAt: number, gaveUp: boolean): void {
    const waitedMs = this.#clock.monotonic() - calledAt;
    callHook(() => this.#hooks.fenceWaited?.({ tenantId, waitedMs, gaveUp }));
  }

  #assertMayWait(tenantId: string, route: RouteRecord, calledAt: number): void {
    const waitedMs = this.#clock.monotonic() - calledAt;
    if (waitedMs < this.#maxWriteWaitMs) return;
    this.#noteWait(tenantId, calledAt, true);
    const { least, most } = RETRY_AFTER_MS;
    const left = (route.fenceDeadline ?? 0) - this.#clock.now();
    throw new TenantWriteFenced(
      tenantId,
      route.writes === 'fenced'
        ? 'writes are fenced'
        : 'leaseMs of its route is 0, which leaves no time to write',
      { retryAfterMs: Math.min(Math.max(left, least), most), waitedMs },
    );
  }
}

/**
 * True if enough of the lease is left. Call it in the event-loop turn in which the operation starts: other code may
 * have run since the answer arrived.
 */
const hasEnoughLease = ({ lease, enough }: UsableRoute): boolean => lease.share() >= enough;

const assertMayTryAgain = (tenantId: string, late: number): void => {
  if (late + 1 < MAX_LATE_ANSWERS) return;
  throw new TenantRouteUnavailable(
    tenantId,
    `${MAX_LATE_ANSWERS} consecutive answers left less than half of the lease. The operation was not started. Try again.`,
  );
};
