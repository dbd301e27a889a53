import { GetItemCommand, type GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { momentOf, type RouterClock } from './clock.ts';
import { TenantRouteNotFound, TenantRouteUnavailable } from './errors.ts';
import { Lease } from './lease.ts';
import { parseRoute, type RouteRecord } from './route-record.ts';

/** What the router calls of a `DynamoDBClient`. */
export interface RouteClient {
  send(command: GetItemCommand, options?: { abortSignal?: AbortSignal }): Promise<GetItemCommandOutput>;
}

/** A route, and how long it may be used. */
export interface LeasedRoute {
  readonly route: RouteRecord;
  readonly lease: Lease;
}

/** Asks the routes table for a route. */
export class RouteReader {
  readonly #client: RouteClient;
  readonly #routesTable: string;
  readonly #timeoutMs: number;
  readonly #clock: RouterClock;

  constructor(given: { client: RouteClient; routesTable: string; timeoutMs: number; clock: RouterClock }) {
    this.#client = given.client;
    this.#routesTable = given.routesTable;
    this.#timeoutMs = given.timeoutMs;
    this.#clock = given.clock;
  }

  /**
   * @throws TenantRouteNotFound @throws TenantRouteInvalid @throws TenantRouteUnavailable after the time-out: a request
   * that hung would hold up every call of the tenant. @throws what the SDK throws.
   */
  async ask(tenantId: string): Promise<LeasedRoute> {
    const askedAt = momentOf(this.#clock);
    const request = new GetItemCommand({
      TableName: this.#routesTable,
      Key: { tenantId: { S: tenantId } },
      // an old route is what the protocol is there to prevent
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
      return { route, lease: new Lease(this.#clock, askedAt, route.leaseMs) };
    } finally {
      answered.abort();
    }
  }

  async #timeout(tenantId: string, answered: AbortSignal, request: AbortController): Promise<never> {
    await this.#clock.sleep(this.#timeoutMs, answered);
    const error = new TenantRouteUnavailable(
      tenantId,
      `${this.#routesTable} gave no route within ${this.#timeoutMs} ms`,
    );
    request.abort(error);
    throw error;
  }
}
