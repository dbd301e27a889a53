import { TenantRouteInvalid, TenantRouteNotFound } from './errors.ts';
import type { RouteCache } from './route-cache.ts';
import type { LeasedRoute, RouteReader } from './route-reader.ts';
import { lendsTime } from './route-record.ts';
import { waitFor } from './wait-for.ts';

/** An operation has this share of its lease before it, at the least; with less left the route is asked for again. */
const ENOUGH = 1 / 2;
/** The same where asking again has failed: what is left of the old lease is still good. */
const ENOUGH_WITHOUT_ANSWER = 1 / 4;

/** A route for one operation, to be begun while there is as much of the lease left as it needs. */
export interface RouteInHand extends LeasedRoute {
  readonly enough: number;
}

interface Request {
  /** Requests are numbered as they are sent. */
  readonly number: number;
  readonly answer: Promise<LeasedRoute>;
}

/** Gives out routes: the one in hand while its lease lasts, else one answer to all who ask for a tenant at once. */
export class RouteSource {
  readonly #reader: RouteReader;
  readonly #cache: RouteCache;
  readonly #underWay = new Map<string, Request>();
  #sent = 0;

  constructor(reader: RouteReader, cache: RouteCache) {
    this.#reader = reader;
    this.#cache = cache;
  }

  /**
   * For a read: a route that lends time, or one that was asked for after this call. For a write: any answer.
   * @throws what `RouteReader.ask` throws. @throws the signal's reason.
   */
  async routeFor(
    operation: 'read' | 'write',
    tenantId: string,
    signal: AbortSignal | undefined,
  ): Promise<RouteInHand> {
    signal?.throwIfAborted();
    const inHand = this.#cache.get(tenantId);
    if (inHand && inHand.lease.share() >= ENOUGH) return { ...inHand, enough: ENOUGH };
    try {
      return { ...(await this.#ask(operation, tenantId, signal)), enough: ENOUGH };
    } catch (error) {
      const stillInHand = signal?.aborted ? undefined : this.#cache.get(tenantId);
      if (!stillInHand || stillInHand.lease.share() < ENOUGH_WITHOUT_ANSWER) throw error;
      return { ...stillInHand, enough: ENOUGH_WITHOUT_ANSWER };
    }
  }

  /**
   * Whoever comes while a request is under way may share an answer that lends time: until the lease is over the route
   * can't be flipped. An answer that lends none may be older than the caller: since DynamoDB gave it the route may have
   * been flipped, and a read of the old table would go back behind what was written meanwhile (I3). So that one serves
   * only who came before it was sent; others ask again. To a write it only says to wait, whoever asked.
   */
  async #ask(
    operation: 'read' | 'write',
    tenantId: string,
    signal: AbortSignal | undefined,
  ): Promise<LeasedRoute> {
    const sentBefore = this.#sent;
    for (;;) {
      const request = this.#underWay.get(tenantId) ?? this.#send(tenantId);
      const answer = await waitFor(request.answer, signal);
      if (operation === 'write' || lendsTime(answer.route) || request.number > sentBefore) return answer;
    }
  }

  #send(tenantId: string): Request {
    this.#sent += 1;
    const answer = this.#reader.ask(tenantId).then(
      (given) => this.#keep(tenantId, given),
      (error) => this.#forget(tenantId, error),
    );
    const request = { number: this.#sent, answer: answer.finally(() => this.#underWay.delete(tenantId)) };
    this.#underWay.set(tenantId, request);
    return request;
  }

  #keep(tenantId: string, given: LeasedRoute): LeasedRoute {
    if (lendsTime(given.route)) this.#cache.set(tenantId, given);
    else this.#cache.delete(tenantId);
    return given;
  }

  /** That there is no route is an answer; that none could be had is not. */
  #forget(tenantId: string, error: unknown): never {
    if (error instanceof TenantRouteNotFound || error instanceof TenantRouteInvalid) {
      this.#cache.delete(tenantId);
    }
    throw error;
  }
}
