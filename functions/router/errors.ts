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

/** An outcome that came too late: a value, which may be undefined, or an error. */
type LateOutcome = { readonly result: unknown } | { readonly cause: unknown };

/**
 * The operation ended after its lease had, whether it succeeded (`result`) or failed (`cause`). The tenant may have been
 * flipped to another table by then, so it is unknown whether a write is in the live table, and a value that was read
 * may be stale. Repeat a read. Repeat a write only if it is idempotent; else read first.
 */
export class TenantLeaseExpired extends TenantRouterError {
  override readonly name = 'TenantLeaseExpired';
  override readonly retryable = false;
  /** True if the operation returned a value, false if it threw. */
  readonly succeeded: boolean;
  readonly #result: unknown;

  constructor(tenantId: string, outcome: LateOutcome) {
    const succeeded = 'result' in outcome;
    super(
      tenantId,
      `the operation ${succeeded ? 'succeeded' : 'failed'} after its lease had ended; whether it took effect is unknown`,
      succeeded ? undefined : outcome,
    );
    this.succeeded = succeeded;
    this.#result = succeeded ? outcome.result : undefined;
  }

  /**
   * The value that the operation returned; undefined if it threw. It is no proof that a write is in the live table.
   * A getter and not a field: a logger that writes an error's fields does not write a tenant's items.
   */
  get result(): unknown {
    return this.#result;
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
