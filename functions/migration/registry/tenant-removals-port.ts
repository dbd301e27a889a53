import type { TenantId } from '../names.ts';
import type { Route } from '../route/route.ts';
import type { Tenant } from './tenant.ts';
import type { Removal, RemovedTenant } from './tenant-removal.ts';

/** The registry's changes when a tenant is removed. */
export interface TenantRemovals {
  /**
   * Marks the tenant as being removed and deletes its route, in one transaction. Continues a removal that the tenant's
   * record contains, in place of its earlier run.
   * @param tenant the tenant as it was read.
   * @param route the route as it was read; absent if an earlier run has deleted it.
   * @throws Conflict if the tenant is locked, or tenant or route have changed since they were read.
   */
  startRemoval(tenant: Tenant, route: Route | undefined, removal: Removal): Promise<void>;
  /**
   * Replaces the removal by a later state of the same run.
   * @param drops true to mark the tenant's table `dropping` in the same transaction.
   * @throws Conflict if another run has continued the removal.
   */
  saveRemoval(tenant: Tenant, removal: Removal, drops?: boolean): Promise<void>;
  /** Ends a removal before anything was deleted, and adds the route again. @throws Conflict */
  undoRemoval(tenant: Tenant, removal: Removal, route: Route): Promise<void>;
  /**
   * Deletes the tenant's record, frees its slot, or marks a dropped table `dropped`, and adds the record of the removal.
   * @throws Conflict if another run has continued or ended the removal.
   */
  endRemoval(tenant: Tenant, removal: Removal, removed: RemovedTenant): Promise<void>;
  /** Returns the record of the latest removal of a tenant with this id. */
  removedTenant(tenantId: TenantId): Promise<RemovedTenant | undefined>;
}
