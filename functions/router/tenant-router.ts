import { type RouterClock, systemClock } from './clock.ts';
import { TenantRouteUnavailable, TenantWriteFenced } from './errors.ts';
import { FencePauses } from './fence-pauses.ts';
import { RouteCache } from './route-cache.ts';
import { type RouteClient, RouteReader } from './route-reader.ts';
import { lendsTime, type RouteRecord } from './route-record.ts';
import { type RouteInHand, RouteSource } from './route-source.ts';
import { Turns } from './turns.ts';
import { underLease } from './under-lease.ts';
import { waitFor } from './wait-for.ts';

// what an application imports is here: `tierferry/router` is this file
export type { RouterClock } from './clock.ts';
export {
  TenantLeaseExpired,
  TenantRouteInvalid,
  TenantRouteNotFound,
  TenantRouteUnavailable,
  TenantWriteFenced,
} from './errors.ts';
export type { RouteClient } from './route-reader.ts';
export { isTierferrySentinel, SENTINEL_ATTRIBUTE, SENTINEL_VALUE } from './sentinel.ts';

export interface TenantRouterOptions {
  /** A `DynamoDBClient`; the application's own will do. It may read the routes table and need nothing else of ours. */
  readonly client: RouteClient;
  /** Default: `saas-tenant-routes`. */
  readonly routesTable?: string;
  /**
   * How long a write waits for a fence to be gone, in ms. It is compared after each look, so a write may wait a pause
   * (100 ms) and a request longer. 0: give up at the first look. Default: 10,000.
   */
  readonly maxWriteWaitMs?: number;
  /** How long one request for a route may take, with the SDK's retries, in ms. Default: 5,000. */
  readonly routeTimeoutMs?: number;
  /** Of how many tenants the route is kept, those asked for last. Default: 10,000 (about 4 MB). */
  readonly maxCachedRoutes?: number;
  /** For tests. */
  readonly clock?: RouterClock;
  /** From 0 to 1, for the length of pauses. For tests. */
  readonly random?: () => number;
}

/**
 * What reads or writes the tenant: uses `table` and passes `signal` to every call, as `abortSignal`. It keeps neither
 * for later.
 */
export type TenantOperation<T> = (table: string, context: { readonly signal: AbortSignal }) => Promise<T>;

export interface CallOptions {
  /** The caller's own: ends the waiting with its reason, and aborts the operation's signal. */
  readonly signal?: AbortSignal | undefined;
}

/** Answers in a row that may come too late to begin with: the lease is too short then, or the process too busy. */
const LATE_ANSWERS = 10;
/** Bounds of the hint for the next try, in ms. */
const RETRY_AFTER_MS = { least: 100, most: 60_000 };

/**
 * Reads and writes a tenant in the table where it lives now, also while it is being moved. One for a process, and every
 * read and every write of tenants' items goes through it: what doesn't may be lost in a move.
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
 * **Lease.** A route is used for at most its `leaseMs`, counted from before it was asked for, by whichever of the
 * monotonic and the wall clock says so first. So a process that was suspended (a Lambda between two invocations, a
 * hibernated machine) asks anew before it goes on. An operation begins with at least half of the lease left (a quarter
 * if asking again failed), and its signal aborts when the lease ends. `leaseMs` is 30,000 as a rule and 1,000 near a
 * cutover, so an operation may count on 500 ms: make it one request, or one page. What it returns or throws after the
 * lease has ended is reported as `TenantLeaseExpired`: unknown, and neither done nor failed.
 *
 * **Fence.** Under a fence, some seconds per move, every read asks for the route first, and a write waits. By a route
 * with a lease of 0 ms reads ask each time too; writes wait as well, since there is no time in which they are safe.
 *
 * **Cost.** A process that uses N tenants all the time asks at most 2 N / leaseMs times a millisecond: for 30 s and
 * 1,000 tenants, 67 read units a second (a consistent read of less than 4 KB is one unit). Under a fence it has at most
 * one request for a tenant under way; waiting writes share one look every 20 to 100 ms. See `docs/router.md`.
 */
export class TenantRouter {
  readonly #clock: RouterClock;
  readonly #maxWriteWaitMs: number;
  readonly #routes: RouteSource;
  readonly #pauses: FencePauses;
  readonly #turns: Turns;

  constructor(options: TenantRouterOptions) {
    const { client, routesTable = 'saas-tenant-routes', routeTimeoutMs: timeoutMs = 5_000 } = options;
    this.#clock = options.clock ?? systemClock;
    this.#maxWriteWaitMs = options.maxWriteWaitMs ?? 10_000;
    this.#routes = new RouteSource(
      new RouteReader({ client, routesTable, timeoutMs, clock: this.#clock }),
      new RouteCache(options.maxCachedRoutes ?? 10_000),
    );
    this.#pauses = new FencePauses(this.#clock, options.random ?? Math.random);
    this.#turns = new Turns(this.#clock);
  }

  /**
   * Runs `operation` on the tenant's live table and returns its value. Reads go on under a fence.
   * @throws TenantLeaseExpired if the operation ended after its lease: what it read may be stale, call again.
   * @throws TenantRouteNotFound @throws TenantRouteInvalid @throws TenantRouteUnavailable before it has begun.
   * @throws what the SDK throws when asking for the route (before it has begun), what `operation` throws, and the
   * reason of the caller's own signal.
   */
  async read<T>(tenantId: string, operation: TenantOperation<T>, options: CallOptions = {}): Promise<T> {
    for (let late = 0; ; late++) {
      const inHand = await this.#routes.routeFor('read', tenantId, options.signal);
      if (mayBegin(inHand)) return await this.#run(tenantId, inHand, operation, options);
      assertIsNotLast(tenantId, late);
    }
  }

  /**
   * Runs `operation` on the tenant's live table once that takes writes, and returns its value.
   * @throws TenantWriteFenced where that took longer than `maxWriteWaitMs`: nothing was written, try again later.
   * @throws TenantLeaseExpired if the operation ended after its lease, also if it succeeded: whether it has taken effect
   * in the live table is unknown.
   * @throws TenantRouteNotFound @throws TenantRouteInvalid @throws TenantRouteUnavailable before it has begun.
   * @throws what the SDK throws when asking for the route (before it has begun), what `operation` throws, and the
   * reason of the caller's own signal.
   */
  async write<T>(tenantId: string, operation: TenantOperation<T>, options: CallOptions = {}): Promise<T> {
    const calledAt = this.#clock.monotonic();
    // others know of a fence already: the next look is theirs
    const pause = this.#pauses.underWay(tenantId);
    if (pause) await waitFor(pause, options.signal);
    let isInCrowd = pause !== undefined;
    for (let late = 0; ; ) {
      const inHand = await this.#routes.routeFor('write', tenantId, options.signal);
      if (!lendsTime(inHand.route)) {
        this.#assertMayWait(tenantId, inHand.route, calledAt);
        await waitFor(this.#pauses.join(tenantId), options.signal);
        isInCrowd = true;
      } else if (!mayBegin(inHand)) {
        assertIsNotLast(tenantId, late++);
      } else if (isInCrowd) {
        await waitFor(this.#turns.next(), options.signal);
        isInCrowd = false;
      } else {
        return await this.#run(tenantId, inHand, operation, options);
      }
    }
  }

  #run<T>(tenantId: string, inHand: RouteInHand, operation: TenantOperation<T>, { signal }: CallOptions) {
    signal?.throwIfAborted();
    const { lease, route } = inHand;
    return underLease({ tenantId, lease, clock: this.#clock, signal }, (ofLease) =>
      operation(route.table, { signal: ofLease }),
    );
  }

  #assertMayWait(tenantId: string, route: RouteRecord, calledAt: number): void {
    const waitedMs = this.#clock.monotonic() - calledAt;
    if (waitedMs < this.#maxWriteWaitMs) return;
    const { least, most } = RETRY_AFTER_MS;
    const left = (route.fenceDeadline ?? 0) - this.#clock.now();
    throw new TenantWriteFenced(
      tenantId,
      route.writes === 'fenced' ? 'writes are fenced' : 'leaseMs of its route is 0: no time to write in',
      { retryAfterMs: Math.min(Math.max(left, least), most), waitedMs },
    );
  }
}

/** To be asked in the turn in which the operation begins: between an answer and its use others may have run. */
const mayBegin = ({ lease, enough }: RouteInHand): boolean => lease.share() >= enough;

const assertIsNotLast = (tenantId: string, late: number): void => {
  if (late + 1 < LATE_ANSWERS) return;
  throw new TenantRouteUnavailable(
    tenantId,
    `${LATE_ANSWERS} answers in a row came with less than half of the lease left`,
  );
};
