import type { EpochMs, MigrationId, TableName, TenantId } from '../names.ts';
import type { Route } from '../route/route.ts';
import type { Preferences, Tenant } from './tenant.ts';
import type { TenantPosition, TenantRange, TenantRangePage } from './tenant-range.ts';

/** The registry's records of tenants. */
export interface Tenants {
  tenant(tenantId: TenantId): Promise<Tenant | undefined>;
  /** Lists tenants in a stable order. @param after resume after this tenant, which may have been removed. */
  tenants(after?: TenantId): AsyncIterable<Tenant>;
  /**
   * Reads tenants of one range of an index, eventually consistently, at most `limit` records.
   * @param options `after`: where an earlier read has ended, or a tenant that it returned.
   */
  tenantsIn(
    range: TenantRange,
    options: { readonly limit: number; readonly after?: TenantPosition },
  ): Promise<TenantRangePage>;
  /**
   * Adds a tenant with its route, and takes a slot in the table.
   * @throws Conflict if the id is taken or the table is full.
   */
  addTenant(tenant: Tenant, route: Route): Promise<void>;
  /**
   * Sets the given preferences, and removes those given as undefined.
   * @param seen preferences that the operator saw; absent to change them whatever they are
   * @throws Conflict if the tenant does not exist, or its preferences are no longer those that were seen.
   */
  setPreferences(
    tenantId: TenantId,
    change: Preferences,
    note: { readonly by: string; readonly at: EpochMs },
    seen?: Preferences,
  ): Promise<void>;
  /**
   * Sets the tenant's display name and the key of the name by which lists are sorted.
   * @throws Conflict if the tenant does not exist.
   */
  setName(
    tenantId: TenantId,
    change: {
      readonly name: string;
      readonly reason?: string | undefined;
      readonly by: string;
      readonly at: EpochMs;
    },
  ): Promise<void>;
  /** Saves the tenant's number of schools, unless a later count is saved already or the tenant does not exist. */
  setSchoolCount(
    tenantId: TenantId,
    counted: { readonly schools: number; readonly at: EpochMs },
  ): Promise<void>;
  /** Takes the tenant's lock for this migration; safe to repeat. @throws TenantAlreadyMigrating @throws TenantBeingRemoved */
  lockTenant(tenantId: TenantId, migrationId: MigrationId, source: TableName): Promise<void>;
  /** Releases the lock. Not having it is not an error. */
  unlockTenant(tenantId: TenantId, migrationId: MigrationId): Promise<void>;
}
