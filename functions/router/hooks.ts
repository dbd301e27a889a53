/**
 * Functions that the router calls for metrics and logs. They contain no keys and no values of items. They run between the
 * router's own steps, so they should return at once. An error that one throws is ignored: it must not fail a request.
 */
export interface RouterHooks {
  /** Called when a write that met a fence starts, or gives up. `waitedMs` is the time it has waited. */
  fenceWaited?(wait: {
    readonly tenantId: string;
    readonly waitedMs: number;
    /** True if the write waited `maxWriteWaitMs` and threw `TenantWriteFenced`. */
    readonly gaveUp: boolean;
  }): void;
  /** Called when an operation ended after its lease, before its `TenantLeaseExpired` is thrown. */
  leaseEnded?(end: { readonly tenantId: string; readonly operation: 'read' | 'write' }): void;
  /** Called after each request for a route. `ms` is its duration; `error` is set if it failed. */
  routeRead?(read: { readonly tenantId: string; readonly ms: number; readonly error?: unknown }): void;
}

/** Calls a hook, and ignores an error that it throws. */
export const callHook = (call: () => void): void => {
  try {
    call();
  } catch {
    // a metric that fails must not fail the request that it measures
  }
};
