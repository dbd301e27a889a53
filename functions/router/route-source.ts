import { TenantRouteInvalid, TenantRouteNotFound, TenantRouteUnsupported } from './errors.ts';
import type { RouteCache } from './route-cache.ts';
import type { LeasedRoute, RouteReader } from './route-reader.ts';
import { grantsLease } from './route-record.ts';
import { waitFor } from './wait-for.ts';

/** Minimum share of its lease with which an operation starts. If less is left, the route is requested again. */
const MIN_LEASE_SHARE = 1 / 2;
/** The same after requesting the route again has failed. The rest of the old lease is still valid. */
const MIN_LEASE_SHARE_AFTER_FAILURE = 1 / 4;

/** Errors that are an answer of the routes table: the tenant has no route that this router may use. */
const ANSWERS = [TenantRouteNotFound, TenantRouteInvalid, TenantRouteUnsupported] as const;

/** A route for one operation, which may start while at least the share `enough` of the lease is left. */
export interface UsableRoute extends LeasedRoute {
  readonly enough: number;
}

interface Request {
  /** Sequence number, in the order in which requests are sent. */
  readonly number: number;
  readonly answer: Promise<LeasedRoute>;
}

/**
 * Throws a copy of an error that concurrent callers share. Libraries write into the errors that they catch, and some of
 * them can do so only once per object. The copy is made before any caller has caught the error.
 */
const throwCopy = (shared: unknown): never => {
  // the properties of a DOMException cannot be read from a copy
  if (!(shared instanceof Error) || shared instanceof DOMException) throw shared;
  const { stack, ...fields } = Object.getOwnPropertyDescriptors(shared);
  const copy: Error = Object.setPrototypeOf(new Error(shared.message), Object.getPrototypeOf(shared));
  Object.defineProperties(copy, fields);
  throw Object.assign(copy, { stack: shared.stack });
};

/**
 * Provides routes: the cached one while its lease lasts, otherwise one answer for all concurrent callers of a tenant.
 */
export class RouteSource {
  readonly #reader: RouteReader;
  readonly #cache: RouteCache;
  readonly #inFlight = new Map<string, Request>();
  #sent = 0;

  constructor(reader: RouteReader, cache: RouteCache) {
    this.#reader = reader;
    this.#cache = cache;
  }

  /**
   * Returns a route. For a read, the route grants a lease or was requested after this call. For a write it is any
   * answer.
   * @throws any error of `RouteReader.ask`.
   * @throws the signal's reason.
   */
  async routeFor(
    operation: 'read' | 'write',
    tenantId: string,
    signal: AbortSignal | undefined,
  ): Promise<UsableRoute> {
    signal?.throwIfAborted();
    const inHand = this.#cache.get(tenantId);
    if (inHand && inHand.lease.share() >= MIN_LEASE_SHARE) return { ...inHand, enough: MIN_LEASE_SHARE };
    try {
      return { ...(await this.#ask(operation, tenantId, signal)), enough: MIN_LEASE_SHARE };
    } catch (error) {
      const stillInHand = signal?.aborted ? undefined : this.#cache.get(tenantId);
      if (!stillInHand || stillInHand.lease.share() < MIN_LEASE_SHARE_AFTER_FAILURE) throw error;
      return { ...stillInHand, enough: MIN_LEASE_SHARE_AFTER_FAILURE };
    }
  }

  /**
   * Requests the route, or joins the request that is in flight.
   *
   * An answer that grants a lease may be shared with callers that arrived after it was requested, because the route
   * cannot flip until the lease has ended. An answer without a lease may be older than the caller. The route may have
   * flipped since DynamoDB gave it, and a read of the old table would then miss later writes (I3). So it serves only
   * readers that arrived before its request was sent, and the other readers request the route again. A write may use
   * any answer without a lease, since it only waits.
   */
  async #ask(
    operation: 'read' | 'write',
    tenantId: string,
    signal: AbortSignal | undefined,
  ): Promise<LeasedRoute> {
    const sentBefore = this.#sent;
    for (;;) {
      const joined = this.#inFlight.get(tenantId);
      const request = joined ?? this.#send(tenantId);
      const answer = await waitFor(joined ? joined.answer.catch(throwCopy) : request.answer, signal);
      if (operation === 'write' || grantsLease(answer.route) || request.number > sentBefore) return answer;
    }
  }

  #send(tenantId: string): Request {
    this.#sent += 1;
    const answer = this.#reader.ask(tenantId).then(
      (given) => this.#keep(tenantId, given),
      (error) => this.#forget(tenantId, error),
    );
    const request = { number: this.#sent, answer: answer.finally(() => this.#inFlight.delete(tenantId)) };
    this.#inFlight.set(tenantId, request);
    return request;
  }

  #keep(tenantId: string, given: LeasedRoute): LeasedRoute {
    if (grantsLease(given.route)) this.#cache.set(tenantId, given);
    else this.#cache.delete(tenantId);
    return given;
  }

  /** Removes the cached route if the tenant has no usable route. Any other error says nothing about the cached one. */
  #forget(tenantId: string, error: unknown): never {
    if (ANSWERS.some((answer) => error instanceof answer)) this.#cache.delete(tenantId);
    throw error;
  }
}
