import { RecordDamaged } from '../errors.ts';
import { isClosed } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId, TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Tenant, TierTable } from '../registry/records.ts';
import type { Route } from '../routing/route.ts';

/** A record that was asked for by its key: itself, or why there is none. */
export type Read<T> = T | 'missing' | 'damaged';

/** All that the records say of one tenant, read by key and consistently. */
export interface TenantCase {
  readonly tenantId: TenantId;
  readonly tenant: Read<Tenant>;
  readonly route: Read<Route>;
  readonly latest: Read<MigrationId>;
  /** Those that the other records name, and those that are open; no dry runs. */
  readonly migrations: ReadonlyMap<MigrationId, Read<Migration>>;
  /** Open migrations whose execution runs. */
  readonly running: ReadonlySet<MigrationId>;
  /** Migrations that have been admitted. */
  readonly admitted: ReadonlySet<MigrationId>;
  /** The record of the table that the route names. */
  readonly table: Read<TierTable>;
  /** If route and registry name different tables: which of the two hold items of the tenant. */
  readonly holding: ReadonlySet<TableName>;
  /** True if a migration is open and DynamoDB does not have the table that the route names. */
  readonly isLiveTableGone: boolean;
}

export const isRead = <T>(found: Read<T>): found is T => found !== 'missing' && found !== 'damaged';

/** Reads one tenant's records. `ids` are migrations that the reading of all records has found for it. */
export const readTenantCase = async (
  ports: Ports,
  tenantId: TenantId,
  ids: Iterable<MigrationId>,
  admitted: ReadonlySet<MigrationId>,
): Promise<TenantCase> => {
  const tenant = await orWhyNot(ports.registry.tenant(tenantId));
  const route = await orWhyNot(ports.routes.get(tenantId));
  const latest = await orWhyNot(ports.migrations.latest(tenantId));
  const named = [
    isRead(tenant) ? tenant.lockedBy : undefined,
    isRead(route) ? route.fence?.migrationId : undefined,
    isRead(route) ? route.capture?.migrationId : undefined,
    isRead(latest) ? latest : undefined,
  ].filter((one) => one !== undefined);
  const migrations = new Map<MigrationId, Read<Migration>>();
  const running = new Set<MigrationId>();
  for (const migrationId of new Set([...ids, ...named])) {
    const migration = await orWhyNot(ports.migrations.get(migrationId));
    if (isRead(migration) && migration.dryRun) continue;
    migrations.set(migrationId, migration);
    if (!isRead(migration) || isClosed(migration.status)) continue;
    if (await ports.workflow.isRunning(migrationId, migration.attempt)) running.add(migrationId);
  }
  const table = isRead(route) ? await orWhyNot(ports.registry.table(route.table)) : 'missing';
  const holding = new Set<TableName>();
  if (isRead(route) && isRead(tenant) && route.table !== tenant.table)
    for (const one of [route.table, tenant.table])
      if (await holdsItems(ports, tenantId, one)) holding.add(one);
  const isOpen = [...migrations.values()].some((one) => isRead(one) && !isClosed(one.status));
  const isLiveTableGone = isOpen && isRead(route) && !(await ports.tables.describe(route.table));
  return { tenantId, tenant, route, latest, migrations, running, admitted, table, holding, isLiveTableGone };
};

/** True if a table holds items of the tenant: one read of one item, of no other tenant. */
export const holdsItems = async (ports: Ports, tenantId: TenantId, table: TableName): Promise<boolean> => {
  if (!(await ports.tables.describe(table))) return false;
  return (await ports.partition(tenantId).count(table, {}, 1)).items > 0;
};

const orWhyNot = async <T>(work: Promise<T | undefined>): Promise<Read<T>> => {
  try {
    return (await work) ?? 'missing';
  } catch (error) {
    if (error instanceof RecordDamaged) return 'damaged';
    throw error;
  }
};
