/**
 * Subclasses set `name` to a literal, so that a bundler that shortens class names does not change what is logged and
 * matched.
 */
abstract class TenantRouterError extends Error {
  abstract override readonly name: string;
  /** True if the operation was not started, and may succeed when it is tried again later. */
  abstract readonly retryable: boolean;
  readonly tenantId: string;

  constructor(tenantId: string, message: string, options?: ErrorOptions) {
    super(`tenant ${tenantId}: ${message}`, options);
    this.tenantId = tenantId;
  }
}

/**
 * Thrown when a write has waited `maxWriteWaitMs` for a fence. Nothing was written. Try again after `retryAfterMs`.
 */
export class TenantWriteFenced extends TenantRouterError {
  override readonly name = 'TenantWriteFenced';
  override readonly retryable = true;
  /**
   * Estimated time until the fence has ended, in ms, from its deadline and the wall clock: 100 to 60,000. A hint only.
   */
  readonly retryAfterMs: number;
  /** Time that the write has waited, in ms. */
  readonly waitedMs: number;

  constructor(tenantId: string, because: string, times: { retryAfterMs: number; waitedMs: number }) {
    super(
      tenantId,
      `${because}; waited ${Math.round(times.waitedMs)} ms. Nothing was written. Try again later.`,
    );
    this.retryAfterMs = times.retryAfterMs;
    this.waitedMs = times.waitedMs;
  }
}

/** An outcome that arrived after the lease had ended: a value, which may be undefined, or an error. */
type LateOutcome = { readonly result: unknown } | { readonly cause: unknown };

/**
 * Thrown when the operation ended after its lease, whether it succeeded (`result`) or failed (`cause`). The tenant may
 * have been flipped to another table by then. So it is unknown whether a write is in the live table, and a value that
 * was read may be stale. Repeat a read. Repeat a write only if it is idempotent; otherwise read the item first.
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
      `the operation ${succeeded ? 'succeeded' : 'failed'} after its lease had ended. It is unknown whether it took effect. Read before you repeat a write.`,
      succeeded ? undefined : outcome,
    );
    this.succeeded = succeeded;
    this.#result = succeeded ? outcome.result : undefined;
  }

  /**
   * The value that the operation returned; undefined if it threw. It does not prove that a write is in the live table.
   * This is a getter and not a field, so that loggers that write an error's fields do not write a tenant's items.
   */
  get result(): unknown {
    return this.#result;
  }
}

/**
 * Thrown by a routed client when the lease ended before the request was passed to the HTTP handler, again and again for 10 s.
 * Nothing was sent and nothing was written: the write may be repeated, whether or not it is idempotent.
 */
export class TenantWriteNotSent extends TenantRouterError {
  override readonly name = 'TenantWriteNotSent';
  override readonly retryable = true;

  constructor(tenantId: string, options: ErrorOptions) {
    super(
      tenantId,
      'leases ended before the write was sent, for 10 s. Nothing was sent or written. Try again.',
      options,
    );
  }
}

/** Thrown when no route was read in time to use it. The operation was not started. */
export class TenantRouteUnavailable extends TenantRouterError {
  override readonly name = 'TenantRouteUnavailable';
  override readonly retryable = true;
}

/** Thrown when the routes table has no route for the tenant. */
export class TenantRouteNotFound extends TenantRouterError {
  override readonly name = 'TenantRouteNotFound';
  override readonly retryable = false;

  constructor(tenantId: string, routesTable: string) {
    super(
      tenantId,
      `there is no route in ${routesTable}. The operation was not started. Check the tenant's id.`,
    );
  }
}

/**
 * Thrown when the tenant's route has a newer protocol than this router knows (`docs/router-protocol.md`). Install a newer
 * version of the router.
 */
export class TenantRouteUnsupported extends TenantRouterError {
  override readonly name = 'TenantRouteUnsupported';
  override readonly retryable = false;
  /** The protocol of the route. */
  readonly protocol: number;

  constructor(tenantId: string, protocol: number, supported: number) {
    super(
      tenantId,
      `its route has protocol ${protocol}, and this router supports ${supported}. The operation was not started. Install a newer version of the router.`,
    );
    this.protocol = protocol;
  }
}

/** Thrown when the tenant's record in the routes table is not a valid route. The message names the attribute. */
export class TenantRouteInvalid extends TenantRouterError {
  override readonly name = 'TenantRouteInvalid';
  override readonly retryable = false;
}
