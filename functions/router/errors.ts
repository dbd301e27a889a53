/** Names are written out: a bundler that shortens class names doesn't change what is logged and matched. */
abstract class TenantRouterError extends Error {
  abstract override readonly name: string;
  /** Whether the operation was not begun, and may work when it is tried again later. */
  abstract readonly retryable: boolean;
  readonly tenantId: string;

  constructor(tenantId: string, message: string, options?: ErrorOptions) {
    super(`tenant ${tenantId}: ${message}`, options);
    this.tenantId = tenantId;
  }
}

/** Writes stayed fenced for as long as a write waits. Nothing was written: try again after `retryAfterMs`. */
export class TenantWriteFenced extends TenantRouterError {
  override readonly name = 'TenantWriteFenced';
  override readonly retryable = true;
  /** When the fence is gone at the latest, in ms from now by the wall clock; at least 100, at most 60,000. A hint. */
  readonly retryAfterMs: number;
  /** How long the write has waited, in ms. */
  readonly waitedMs: number;

  constructor(tenantId: string, because: string, times: { retryAfterMs: number; waitedMs: number }) {
    super(tenantId, `${because}; waited ${Math.round(times.waitedMs)} ms, nothing was written`);
    this.retryAfterMs = times.retryAfterMs;
    this.waitedMs = times.waitedMs;
  }
}

/**
 * The lease ended while the operation was under way, and the operation failed (`cause`). Whether it has taken effect is
 * unknown: read before trying again, or try again only what is idempotent.
 */
export class TenantLeaseExpired extends TenantRouterError {
  override readonly name = 'TenantLeaseExpired';
  override readonly retryable = false;

  constructor(tenantId: string, options: ErrorOptions) {
    super(tenantId, 'the lease ended during the operation; whether it took effect is unknown', options);
  }
}

/** The routes table was not reached in time to use what it says. The operation was not begun. */
export class TenantRouteUnavailable extends TenantRouterError {
  override readonly name = 'TenantRouteUnavailable';
  override readonly retryable = true;
}

/** No such tenant: the routes table has no route for it. */
export class TenantRouteNotFound extends TenantRouterError {
  override readonly name = 'TenantRouteNotFound';
  override readonly retryable = false;

  constructor(tenantId: string, routesTable: string) {
    super(tenantId, `there is no route in ${routesTable}`);
  }
}

/** The tenant's record in the routes table isn't a route; the message says what is wrong with it. */
export class TenantRouteInvalid extends TenantRouterError {
  override readonly name = 'TenantRouteInvalid';
  override readonly retryable = false;
}
