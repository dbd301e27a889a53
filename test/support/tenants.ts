import type { Item } from '../../functions/migration/items/items.ts';
import { isClosed } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { EntityKey, MigrationId, TableName, TenantId } from '../../functions/migration/names.ts';
import { registerTenant } from '../../functions/migration/operator/register-tenant.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { isAdmitted } from '../../functions/migration/queue/read-queue.ts';
import type { Settings } from '../../functions/migration/settings/settings.ts';
import { placedKey } from './table-keys.ts';
import { until } from './until.ts';

/** Time between two polls, in ms. Each poll makes three requests to the engine, which the migration needs too. */
const POLL_MS = 50;

/** Returns the items of a small district: `schools` SCHOOL items, and STUDENT items of several sizes, some in indexes. */
const someItems = (settings: Settings, tenantId: string, items: number, schools = 3): Item[] =>
  Array.from({ length: items }, (_, n): Item => {
    const entityType = n < schools ? 'SCHOOL' : 'STUDENT';
    return {
      ...placedKey(tenantId, `${entityType}#${String(n).padStart(6, '0')}`, settings),
      entityType: { S: entityType },
      tenantEntityType: { S: `${tenantId}#${entityType}` },
      number: { N: String(n) },
      note: { S: 'x'.repeat((n * 37) % 700) },
    };
  });

/** Registers a tenant and writes its items into its table. */
export const addTenant = async (
  ports: Ports,
  {
    tenantId,
    tier = 'basic',
    items = 300,
    schools = 3,
  }: { tenantId: string; tier?: string; items?: number; schools?: number },
): Promise<{ tenantId: TenantId; table: TableName; items: Item[] }> => {
  const tenant = await registerTenant(ports, {
    tenantId,
    name: tenantId,
    tier,
    schoolCount: schools,
    by: 'test',
  });
  const written = someItems(ports.settings, tenantId, items, schools);
  await putAll(ports, tenant.tenantId, tenant.table, written);
  return { tenantId: tenant.tenantId, table: tenant.table, items: written };
};

export const putAll = async (
  ports: Ports,
  tenantId: TenantId,
  table: TableName,
  items: readonly Item[],
): Promise<void> => {
  const partition = ports.partition(tenantId);
  for (let n = 0; n < items.length; n += 25) {
    const { unprocessed } = await partition.write(table, { puts: items.slice(n, n + 25), deletes: [] });
    if (unprocessed.puts.length > 0) throw new Error('the engine left items unprocessed');
  }
};

/** Returns a tenant's items in a table, as wire values in key order; none if the table does not exist. */
export const itemsOf = async (ports: Ports, tenantId: TenantId, table: TableName): Promise<Item[]> => {
  if (!(await ports.tables.describe(table))) return [];
  const all: Item[] = [];
  let after: EntityKey | undefined;
  do {
    const page = await ports
      .partition(tenantId)
      .read(table, after === undefined ? {} : { after }, { limit: 1_000, consistent: true });
    all.push(...page.items);
    after = page.last;
  } while (after !== undefined);
  return all;
};

/** Waits until the migration's execution has ended, and returns the record. @param hangMs as for `until` */
export const ended = async (ports: Ports, migrationId: MigrationId, hangMs?: number): Promise<Migration> => {
  let seen: Migration | undefined;
  const readMigration = async (): Promise<Migration | undefined> => {
    seen = await ports.migrations.get(migrationId);
    if (!seen) throw new Error(`${migrationId} is gone`);
    if (await ports.workflow.isRunning(migrationId, seen.attempt)) return undefined;
    const last = await ports.migrations.get(migrationId);
    const isWaiting = last?.status === 'queued' && !(await isAdmitted(ports, migrationId));
    return last && !isWaiting && (isClosed(last.status) || last.attempt === seen.attempt) ? last : undefined;
  };
  try {
    return await until(`the execution of ${migrationId} to end`, readMigration, {
      pollMs: POLL_MS,
      ...(hangMs === undefined ? {} : { hangMs }),
    });
  } catch (error) {
    throw new Error(`${migrationId}: ${seen?.status}, attempt ${seen?.attempt}`, { cause: error });
  }
};

/** Waits until the tenant has flipped and the registry is confirmed. */
export const untilFlipped = async (ports: Ports, migrationId: MigrationId): Promise<void> => {
  await until(
    `the flip of ${migrationId}`,
    async () => (await ports.migrations.get(migrationId))?.registryChange === 'confirmed',
  );
};

/** Returns the state that a rollback must restore: tenants, tables and routes, without counters and times. */
export const controlState = async (ports: Ports): Promise<unknown> => {
  const tenants = await collect(ports.registry.tenants());
  const tables = await collect(ports.registry.tables());
  const routes = await Promise.all(tenants.map((tenant) => ports.routes.get(tenant.tenantId)));
  const byName = (a: { table: string; tenantId?: string }, b: { table: string; tenantId?: string }) =>
    `${a.table} ${a.tenantId}`.localeCompare(`${b.table} ${b.tenantId}`);
  return {
    tenants: tenants
      .map(({ updatedAt: _, updatedBy: __, schoolCountedAt: ___, ...tenant }) => tenant)
      .sort(byName),
    // the record of a dropped table is kept
    tables: tables.filter(({ state }) => state !== 'dropped').sort(byName),
    routes: routes.map(
      (route) =>
        route && {
          tenantId: route.tenantId,
          table: route.table,
          writes: route.writes,
          leaseMs: route.leaseMs,
          fence: route.fence,
        },
    ),
  };
};

export const collect = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
};
