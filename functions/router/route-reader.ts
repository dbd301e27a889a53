import { GetItemCommand, type GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { type Moment, type RouterClock, readClocks } from './clock.ts';
import { TenantRouteNotFound, TenantRouteUnavailable } from './errors.ts';
import { callHook, type RouterHooks } from './hooks.ts';
import { Lease } from './lease.ts';
import { parseRoute, type RouteRecord } from './route-record.ts';

/** The part of `DynamoDBClient` that the router uses. */
export interface RouteClient {
  send(command: GetItemCommand, options?: { abortSignal?: AbortSignal }): Promise<GetItemCommandOutput>;
}

/** A route, and the lease for which it may be used. */
export interface LeasedRoute {
  readonly route: RouteRecord;
  readonly lease: Lease;
}

/** Reads routes from the routes table. */
export class RouteReader {
  readonly #client: RouteClient;
  readonly #routesTable: string;
  readonly #timeoutMs: number;
  readonly #clock: RouterClock;
  readonly #hooks: RouterHooks;

  constructor(given: {
    client: RouteClient;
    routesTable: string;
    timeoutMs: number;
    clock: RouterClock;
    hooks: RouterHooks;
  }) {
    this.#client = given.client;
    this.#routesTable = given.routesTable;
    this.#timeoutMs = given.timeoutMs;
    this.#clock = given.clock;
    this.#hooks = given.hooks;
  }

  /**
   * Reads the tenant's route.
   * @throws TenantRouteNotFound @throws TenantRouteInvalid @throws TenantRouteUnsupported
   * @throws TenantRouteUnavailable after the time-out: a request that hangs would block every call for the tenant.
   * @throws any error of the SDK.
   */
  async ask(tenantId: string): Promise<LeasedRoute> {
    const askedAt = readClocks(this.#clock);
    const request = new GetItemCommand({
      TableName: this.#routesTable,
      Key: { tenantId: { S: tenantId } },
      // a stale route may name a table that is no longer live (I1)
      ConsistentRead: true,
    });
    const timedOut = new AbortController();
    const answered = new AbortController();
    try {
      const { Item } = await Promise.race([
        this.#client.send(request, { abortSignal: timedOut.signal }),
        this.#timeout(tenantId, answered.signal, timedOut),
      ]);
      if (!Item) throw new TenantRouteNotFound(tenantId, this.#routesTable);
      const route = parseRoute(tenantId, Item);
      this.#noteRead(tenantId, askedAt);
      return { route, lease: new Lease(this.#clock, askedAt, route.leaseMs) };
    } catch (error) {
      this.#noteRead(tenantId, askedAt, { error });
      throw error;
    } finally {
      answered.abort();
    }
  }

  #noteRead(tenantId: string, askedAt: Moment, failure: { readonly error?: unknown } = {}): void {
    const ms = this.#clock.monotonic() - askedAt.monotonic;
    callHook(() => this.#hooks.routeRead?.({ tenantId, ms, ...failure }));
  }

  async #timeout(tenantId: string, answered: AbortSignal, request: AbortController): Promise<never> {
    await this.#clock.sleep(this.#timeoutMs, answered);
    const error = new TenantRouteUnavailable(
      tenantId,
      `${this.#routesTable} gave no route within ${this.#timeoutMs} ms. The operation was not started. Try again.`,
    );
    request.abort(error);
    throw error;
  }
}
