import type { Migration } from '../migration/migration.ts';
import { addTable } from '../migration/operator/add-table.ts';
import type { AuditNote } from '../migration/operator/audit-note.ts';
import { cancelMigration } from '../migration/operator/cancel-migration.ts';
import { holdCutover, releaseCutover } from '../migration/operator/hold-cutover.ts';
import { holdMigration, type NewHold } from '../migration/operator/hold-migration.ts';
import { type Limits, limitMigration } from '../migration/operator/limit-migration.ts';
import { pauseMigration, resumeMigration } from '../migration/operator/pause-migration.ts';
import { type MigrationStatus, readStatus } from '../migration/operator/read-status.ts';
import { type NewTenant, registerTenant } from '../migration/operator/register-tenant.ts';
import { type RetirementResult, reinstateTable, retireTable } from '../migration/operator/retire-table.ts';
import { retryMigration } from '../migration/operator/retry-migration.ts';
import { rollbackMigration } from '../migration/operator/rollback-migration.ts';
import { type PreferenceChange, setPreferences } from '../migration/operator/set-preferences.ts';
import type { Ports } from '../migration/ports.ts';
import { listMigrations, type MigrationWithExecution } from '../migration/record/execution.ts';
import { findMigration } from '../migration/record/find-migration.ts';
import { findTenant } from '../migration/registry/find-tenant.ts';
import type { Tenant } from '../migration/registry/tenant.ts';
import type { RemovedTenant } from '../migration/registry/tenant-removal.ts';
import type { TierTable } from '../migration/registry/tier-table.ts';
import { type MigrationRequest, requestMigration } from '../migration/requests/request-migration.ts';
import {
  type ImportedTenant,
  type ImportOptions,
  type ImportResult,
  importTenants,
} from '../migration/tenants/import-tenants.ts';
import type { ReportRemoval } from '../migration/tenants/removal-run.ts';
import {
  planRemoval,
  type RemovalPlan,
  type RemovalRequest,
  removeTenant,
} from '../migration/tenants/remove-tenant.ts';
import { renameTenant } from '../migration/tenants/rename-tenant.ts';

export type {
  AuditNote,
  Migration,
  MigrationStatus,
  MigrationWithExecution,
  NewTenant,
  PreferenceChange,
  RemovalPlan,
  RemovalRequest,
  RemovedTenant,
  RetirementResult,
  Tenant,
  TierTable,
};

/** The operator who makes a change, and a reason if there is one. */
export interface OptionalNote {
  readonly by: string;
  readonly reason?: string | undefined;
}

/**
 * The functions that the command line uses, for programs: a sign-up service, a back office, a script. All times are in ms since
 * 1970, and all durations in ms. Every error of Tierferry is a `TierferryError` with a `code`, `facts` and the `next` action;
 * docs/errors.md lists the codes. Each function may also throw `Throttled` and `Unavailable`, and `RecordDamaged` if a record
 * that it needs cannot be read. A refused request changes nothing.
 */
export interface Admin {
  /**
   * Registers a tenant and its route in a table of its tier with a free slot. Creates and registers a table if there is none,
   * which takes seconds to minutes on AWS. An interrupted registration is continued by calling again.
   * @throws InvalidRequest if id, tier, placement or table are invalid, or the tenant is registered already
   * @throws TenantBeingRemoved
   * @throws NotSafe if the table differs from the catalogue's design, or has items although it is to be the tenant's own
   * @throws Conflict if another process took the last free slot. Try again.
   */
  registerTenant(tenant: NewTenant): Promise<Tenant>;
  /**
   * Registers many tenants, one after the other. Leaves tenants that are registered already alone, so an import that was
   * interrupted is continued by importing again.
   * @returns a result for each tenant, in order.
   * @throws InvalidRequest if a tenant is not valid. No tenant was registered.
   */
  importTenants(tenants: readonly ImportedTenant[], options: ImportOptions): Promise<readonly ImportResult[]>;
  /** @throws TenantNotFound */
  findTenant(tenantId: string): Promise<Tenant>;
  /** Lists all tenants, in a stable order. Reads the registry page by page, as the caller consumes it. */
  listTenants(): AsyncIterable<Tenant>;
  /**
   * Changes how a tenant is moved when it outgrows its tier. An absent field is not changed.
   * @throws TenantNotFound @throws TenantBeingRemoved
   * @throws InvalidRequest if the tier is not in the catalogue, or nothing is to be changed
   */
  setPreferences(tenantId: string, change: PreferenceChange, note: OptionalNote): Promise<Tenant>;
  /**
   * Changes a tenant's display name. The id stays: it is the partition key of the tenant's items.
   * @throws TenantNotFound @throws TenantBeingRemoved
   * @throws InvalidRequest if the name is empty or has more than 200 characters
   */
  renameTenant(tenantId: string, name: string, note: OptionalNote): Promise<Tenant>;
  /**
   * Counts what a removal would delete, and changes nothing. Costs one read unit per 4 KB of the tenant's items.
   * @throws TenantNotFound @throws TenantAlreadyMigrating
   */
  planRemoval(tenantId: string): Promise<RemovalPlan>;
  /**
   * Removes a tenant, its route, and its items if `deletesItems` is true. Waits until every lease on the route has ended (30 s
   * by default) before it checks or deletes items, so it takes longer than that. Safe to repeat: an interrupted removal is
   * continued, and a removed tenant is left alone.
   * @param report called after each step, and after each page of deleted items.
   * @throws TenantNotFound @throws TenantAlreadyMigrating
   * @throws TenantHasItems if it has items and `deletesItems` is not true. The tenant keeps its route.
   * @throws Conflict if another process removes the tenant at the same time
   */
  removeTenant(request: RemovalRequest, report?: ReportRemoval): Promise<RemovedTenant>;

  /** Lists the tier tables with their tenants and free slots. @param tier only tables of this tier; absent for all */
  listTables(tier?: string): AsyncIterable<TierTable>;
  /**
   * Creates the next shared table of a tier and registers it.
   * @param options `table`: an existing table of the application, to be registered instead.
   * @throws InvalidRequest if the tier has no shared tables, or the existing table does not exist
   * @throws NotSafe if the table differs from the catalogue's design
   * @throws NoFreeSlot if the table is not ready in time. Repeat the call: it continues with the same table.
   */
  addTable(tier: string, note: AuditNote, options?: { readonly table?: string }): Promise<TierTable>;
  /**
   * Stops placing tenants in a table, and requests migrations of its tenants to other tables of the tier. Safe to repeat.
   * @throws InvalidRequest if the table is not registered @throws Conflict if it is being deleted
   */
  retireTable(table: string, note: AuditNote): Promise<RetirementResult>;
  /** Allows tenants to be placed in a retiring table again. @throws InvalidRequest, Conflict as `retireTable` does */
  reinstateTable(table: string, note: AuditNote): Promise<void>;

  /**
   * Requests the migration of a tenant. It starts once the queue admits it. Needs the state machines.
   * @throws TenantNotFound @throws TenantAlreadyMigrating @throws TenantBeingRemoved
   * @throws InvalidRequest if the request is invalid @throws NotSafe if a migration would not be safe now
   */
  requestMigration(request: MigrationRequest): Promise<Migration>;
  /** Reads a migration's record: one read of one item. @throws MigrationNotFound */
  findMigration(migrationId: string): Promise<Migration>;
  /** Reads a migration's status, progress and possible actions. @throws MigrationNotFound */
  readStatus(migrationId: string): Promise<MigrationStatus>;
  /**
   * Returns the latest migrations, at most `limit`. Stopped ones come first.
   * @param filter `tenantId`: only migrations of this tenant; absent for all.
   */
  listMigrations(filter: {
    readonly tenantId?: string;
    readonly limit: number;
  }): Promise<readonly MigrationWithExecution[]>;
  /** Stops copying, applying, flipping and deleting until resumed. @throws MigrationNotFound @throws NotSafe */
  pauseMigration(migrationId: string, note: AuditNote): Promise<Migration>;
  /** @throws MigrationNotFound @throws NotSafe if the migration is not paused */
  resumeMigration(migrationId: string, note: AuditNote): Promise<Migration>;
  /** Holds the cutover until it is released. @throws MigrationNotFound @throws NotSafe after the flip */
  holdCutover(migrationId: string, note: AuditNote): Promise<Migration>;
  /** @throws MigrationNotFound @throws NotSafe if the cutover is not held */
  releaseCutover(migrationId: string, note: AuditNote): Promise<Migration>;
  /**
   * Limits a migration, in capacity units per second; `none` removes a limit.
   * @throws MigrationNotFound @throws InvalidRequest @throws NotSafe
   */
  limitMigration(migrationId: string, limits: Limits, note: AuditNote): Promise<Migration>;
  /** Undoes a migration before the flip. @throws MigrationNotFound @throws NotSafe after the flip */
  cancelMigration(migrationId: string, note: AuditNote): Promise<Migration>;
  /**
   * Changes how long the source is kept after the flip, in ms, at most 300 days; `endNow` ends the hold.
   * @throws MigrationNotFound @throws InvalidRequest @throws NotSafe
   */
  holdMigration(migrationId: string, hold: NewHold, note: AuditNote): Promise<Migration>;
  /**
   * Moves a tenant back during the hold, with every write made since the flip.
   * @param options `discardStragglers`: true to overwrite writes that reached the source after the flip.
   * @throws MigrationNotFound @throws NotSafe before the flip or after the hold @throws StragglersFound
   */
  rollbackMigration(
    migrationId: string,
    note: AuditNote,
    options?: { readonly discardStragglers?: boolean },
  ): Promise<Migration>;
  /**
   * Continues a migration that has stopped, or requests one that was rolled back again.
   * @returns the migration that runs now.
   * @throws MigrationNotFound @throws NotSafe if it runs, is queued, completed or cancelled
   */
  retryMigration(migrationId: string, note: OptionalNote): Promise<Migration>;
}

/** Returns the admin functions on these ports. */
export const adminOf = (ports: Ports): Admin => ({
  ...tenantsOf(ports),
  ...tablesOf(ports),
  ...migrationsOf(ports),
});

type TenantFunctions =
  | 'registerTenant'
  | 'importTenants'
  | 'findTenant'
  | 'listTenants'
  | 'setPreferences'
  | 'renameTenant'
  | 'planRemoval'
  | 'removeTenant';

const tenantsOf = (ports: Ports): Pick<Admin, TenantFunctions> => ({
  registerTenant: (tenant) => registerTenant(ports, tenant),
  importTenants: (tenants, options) => importTenants(ports, tenants, options),
  findTenant: (tenantId) => findTenant(ports, tenantId),
  listTenants: () => ports.registry.tenants(),
  setPreferences: (tenantId, change, note) => setPreferences(ports, tenantId, change, note),
  renameTenant: (tenantId, name, note) => renameTenant(ports, tenantId, name, note),
  planRemoval: (tenantId) => planRemoval(ports, tenantId),
  removeTenant: (request, report) => removeTenant(ports, request, report),
});

type TableFunctions = 'listTables' | 'addTable' | 'retireTable' | 'reinstateTable';

const tablesOf = (ports: Ports): Pick<Admin, TableFunctions> => ({
  async *listTables(tier) {
    for await (const table of ports.registry.tables())
      if (tier === undefined || table.tier === tier) yield table;
  },
  addTable: (tier, note, { table } = {}) => addTable(ports, tier, table, note),
  retireTable: (table, note) => retireTable(ports, { table, ...note, waits: false }),
  async reinstateTable(table, note) {
    await reinstateTable(ports, table, note);
  },
});

const migrationsOf = (ports: Ports): Omit<Admin, TenantFunctions | TableFunctions> => ({
  requestMigration: (request) => requestMigration(ports, request),
  findMigration: (migrationId) => findMigration(ports, migrationId),
  async readStatus(migrationId) {
    const found = await findMigration(ports, migrationId);
    return readStatus(ports, found.migrationId);
  },
  async listMigrations({ tenantId, limit }) {
    const tenant = tenantId === undefined ? undefined : await findTenant(ports, tenantId);
    return listMigrations(ports, { tenantId: tenant?.tenantId, limit });
  },
  pauseMigration: (migrationId, note) => pauseMigration(ports, migrationId, note),
  resumeMigration: (migrationId, note) => resumeMigration(ports, migrationId, note),
  holdCutover: (migrationId, note) => holdCutover(ports, migrationId, note),
  releaseCutover: (migrationId, note) => releaseCutover(ports, migrationId, note),
  limitMigration: (migrationId, limits, note) => limitMigration(ports, migrationId, limits, note),
  cancelMigration: (migrationId, note) => cancelMigration(ports, migrationId, note),
  holdMigration: (migrationId, hold, note) => holdMigration(ports, migrationId, hold, note),
  rollbackMigration: (migrationId, note, options) => rollbackMigration(ports, migrationId, note, options),
  retryMigration: (migrationId, { by, reason }) => retryMigration(ports, migrationId, by, reason),
});
