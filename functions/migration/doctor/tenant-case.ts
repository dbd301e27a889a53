import { RecordDamaged } from '../errors.ts';
import { isClosed } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId, TableName, TenantId } from '../names.ts';
import { holdsAnyItem } from '../partition/holds-any-item.ts';
import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { TierTable } from '../registry/tier-table.ts';
import type { Route } from '../route/route.ts';

/** Result of reading a record by its key: the record, or the reason why there is none. */
export type ReadResult<T> = T | 'missing' | 'damaged';

/** All records of one tenant, read by key with consistent reads. */
export interface TenantRecords {
  readonly tenantId: TenantId;
  readonly tenant: ReadResult<Tenant>;
  readonly route: ReadResult<Route>;
  readonly latest: ReadResult<MigrationId>;
  /** Migrations that the other records name, and open ones. Excludes dry runs. */
  readonly migrations: ReadonlyMap<MigrationId, ReadResult<Migration>>;
  /** Open migrations with a running execution. */
  readonly running: ReadonlySet<MigrationId>;
  /** Admitted migrations. */
  readonly admitted: ReadonlySet<MigrationId>;
  /** The record of the table that the route names. */
  readonly table: ReadResult<TierTable>;
  /** Tables that have items of the tenant. Read only if route and registry name different tables. */
  readonly holding: ReadonlySet<TableName>;
  /** True if a migration is open and the table that the route names does not exist. */
  readonly isLiveTableGone: boolean;
}

export const isRead = <T>(found: ReadResult<T>): found is T => found !== 'missing' && found !== 'damaged';

/** Reads one tenant's records. @param ids migrations of the tenant that the survey has found. */
export const readTenantCase = async (
  ports: Ports,
  tenantId: TenantId,
  ids: Iterable<MigrationId>,
  admitted: ReadonlySet<MigrationId>,
): Promise<TenantRecords> => {
  const tenant = await readOrReason(ports.registry.tenant(tenantId));
  const route = await readOrReason(ports.routes.get(tenantId));
  const latest = await readOrReason(ports.migrations.latest(tenantId));
  const named = [
    isRead(tenant) ? tenant.lockedBy : undefined,
    isRead(route) ? route.fence?.migrationId : undefined,
    isRead(route) ? route.capture?.migrationId : undefined,
    isRead(latest) ? latest : undefined,
  ].filter((one) => one !== undefined);
  const migrations = new Map<MigrationId, ReadResult<Migration>>();
  const running = new Set<MigrationId>();
  for (const migrationId of new Set([...ids, ...named])) {
    const migration = await readOrReason(ports.migrations.get(migrationId));
    if (isRead(migration) && migration.dryRun) continue;
    migrations.set(migrationId, migration);
    if (!isRead(migration) || isClosed(migration.status)) continue;
    if (await ports.workflow.isRunning(migrationId, migration.attempt)) running.add(migrationId);
  }
  const table = isRead(route) ? await readOrReason(ports.registry.table(route.table)) : 'missing';
  const holding = new Set<TableName>();
  if (isRead(route) && isRead(tenant) && route.table !== tenant.table)
    for (const one of [route.table, tenant.table])
      if (await holdsItems(ports, tenantId, one)) holding.add(one);
  const isOpen = [...migrations.values()].some((one) => isRead(one) && !isClosed(one.status));
  const isLiveTableGone = isOpen && isRead(route) && !(await ports.tables.describe(route.table));
  return { tenantId, tenant, route, latest, migrations, running, admitted, table, holding, isLiveTableGone };
};

/** True if a table has items of the tenant. Reads no item of another tenant. */
export const holdsItems = async (ports: Ports, tenantId: TenantId, table: TableName): Promise<boolean> => {
  if (!(await ports.tables.describe(table))) return false;
  return holdsAnyItem(ports.partition(tenantId), table);
};

const readOrReason = async <T>(work: Promise<T | undefined>): Promise<ReadResult<T>> => {
  try {
    return (await work) ?? 'missing';
  } catch (error) {
    if (error instanceof RecordDamaged) return 'damaged';
    throw error;
  }
};
