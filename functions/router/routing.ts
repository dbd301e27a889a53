/**
 * Reads or writes the tenant. Uses `table`, and passes `signal` to every call as `abortSignal`. Keeps neither of them
 * after it has ended.
 */
export type TenantOperation<T> = (table: string, context: { readonly signal: AbortSignal }) => Promise<T>;

export interface CallOptions {
  /** The caller's signal. If it aborts, the wait ends with its reason, and the operation's signal aborts too. */
  readonly signal?: AbortSignal | undefined;
}

/** Reads and writes a tenant in its live table. `TenantRouter` implements it; tests may replace it. */
export interface TenantRouting {
  /** Runs `operation` on the tenant's live table and returns its value. See `TenantRouter.read` for the errors. */
  read<T>(tenantId: string, operation: TenantOperation<T>, options?: CallOptions): Promise<T>;
  /**
   * Runs `operation` on the tenant's live table once it accepts writes, and returns its value. See `TenantRouter.write`
   * for the errors.
   */
  write<T>(tenantId: string, operation: TenantOperation<T>, options?: CallOptions): Promise<T>;
}
