import type { TenantId } from '../names.ts';
import type { CaptureRoute, Route } from './route.ts';

/** Result of reading several routes. */
export interface RoutesResult {
  readonly routes: ReadonlyMap<TenantId, CaptureRoute>;
  /** Tenants whose route cannot be read. */
  readonly damaged: ReadonlySet<TenantId>;
}

export interface Routes {
  /** @throws RecordDamaged */
  get(tenantId: TenantId): Promise<Route | undefined>;
  /**
   * Reads the parts of routes that capture needs, consistently, 100 per call. Tenants without a route are missing from
   * the result.
   */
  getMany(tenantIds: readonly TenantId[]): Promise<RoutesResult>;
  /** Lists the routes of all fenced tenants, without changes of the last second. Damaged routes are skipped. */
  fenced(): AsyncIterable<Route>;
  /** Writes `to` if the epoch is still `from.epoch`. @throws Conflict */
  compareAndSet(from: Route, to: Route): Promise<void>;
}
