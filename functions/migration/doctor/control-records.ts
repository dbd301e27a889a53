import type { Migration, MigrationEvent } from '../migration.ts';
import type { MigrationId, TenantId } from '../names.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { TierTable } from '../registry/tier-table.ts';
import type { Route } from '../route/route.ts';

/** The place of a record that cannot be read. */
export interface Damage {
  readonly table: string;
  /** The record's key, without any key of a tenant's item. */
  readonly key: string;
  readonly field: string;
  readonly tenantId?: TenantId;
  readonly migrationId?: MigrationId;
}

/** One record of the control tables, reduced to the fields that the doctor needs. */
export type ControlRecord =
  | { readonly kind: 'tenant'; readonly tenant: Tenant }
  | { readonly kind: 'table'; readonly table: TierTable }
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'migration'; readonly migration: Migration }
  | { readonly kind: 'latest'; readonly tenantId: TenantId; readonly migrationId: MigrationId }
  | { readonly kind: 'journalEntry'; readonly migrationId: MigrationId }
  | { readonly kind: 'damaged'; readonly damage: Damage }
  | { readonly kind: 'other' };

/** The counts of a tier table. */
export type Counts = Pick<TierTable, 'freeSlots' | 'tenants' | 'reserved' | 'departing'>;

/** Fields of a migration's record that a repair sets. */
export type MendedMigration = Pick<Migration, 'status' | 'registryChange' | 'locked'> &
  Partial<Pick<Migration, 'target' | 'flippedAt' | 'rollbackStoppedIn'>>;

/**
 * Access to all records of the control tables, with the writes that repair them. Each write is conditional on the record
 * being as it was read. @throws Conflict if it was changed since
 */
export interface ControlRecords {
  /** Reads all records of a control table consistently. Yields a damaged record as such and continues. */
  all(table: 'registry' | 'routes' | 'migrations' | 'journal'): AsyncIterable<ControlRecord>;
  addRoute(route: Route): Promise<void>;
  addTenant(tenant: Tenant): Promise<void>;
  /** Sets a tenant's table, lock and pending change, if these are as in `from`. */
  setTenant(from: Tenant, to: Tenant): Promise<void>;
  /** Sets a table's counts, if they and its state are as in `from`. */
  setCounts(from: TierTable, counts: Counts): Promise<void>;
  /** Sets or removes the record of a tenant's latest migration. */
  setLatest(tenantId: TenantId, from: MigrationId | undefined, to: MigrationId | undefined): Promise<void>;
  /** Sets a migration's fields and adds an event, if its status, attempt and registry change are as in `from`. */
  setMigration(
    from: Migration,
    to: MendedMigration,
    event: Pick<MigrationEvent, 'at' | 'who' | 'reason'>,
  ): Promise<void>;
}
