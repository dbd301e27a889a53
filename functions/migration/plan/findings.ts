import { holdsItems } from '../capture/clear-sentinels.ts';
import { LSI_COLLECTION_BYTES, TABLE_NAME_CHARACTERS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { Ports, TableDescription } from '../ports.ts';
import { createdDifferences, tableDifferences } from '../provision/table-differences.ts';
import type { RegisteredTables } from '../registry/records.ts';
import { type Keys, keyAttributes, TIER_TABLE_KEYS, type Tier } from '../settings.ts';
import type { Finding } from './plan.ts';

export interface Subject {
  readonly tier: Tier;
  readonly target: TableName;
  /** Of the target; absent where it does not exist yet. */
  readonly description: TableDescription | undefined;
  readonly schools: number;
  readonly registered: RegisteredTables;
}

/** All reasons not to migrate, and all things to know before. Reads only. */
export const findings = async (ports: Ports, migration: Migration, subject: Subject): Promise<Finding[]> => [
  ...(await tenantFindings(ports, migration)),
  ...tierFindings(migration, subject),
  ...(await sourceFindings(ports, migration, subject)),
  ...(await targetFindings(ports, migration, subject)),
];

const blocker = (code: string, message: string): Finding => ({ level: 'blocker', code, message });
const warning = (code: string, message: string): Finding => ({ level: 'warning', code, message });

const tenantFindings = async (ports: Ports, migration: Migration): Promise<Finding[]> => {
  const tenant = await ports.registry.tenant(migration.tenantId);
  const route = await ports.routes.get(migration.tenantId);
  if (!tenant)
    return [blocker('tenant-gone', `tenant ${migration.tenantId} is not in the registry any more`)];
  const found: Finding[] = [];
  if (tenant.table !== migration.source.table) {
    found.push(
      blocker('tenant-moved', `the tenant has moved to ${tenant.table}; request the migration anew`),
    );
  }
  if (tenant.lockedBy && tenant.lockedBy !== migration.migrationId) {
    found.push(
      blocker(
        'tenant-locked',
        `migration ${tenant.lockedBy} holds the tenant's lock; wait for it or cancel it`,
      ),
    );
  }
  if (!route) found.push(blocker('no-route', 'the tenant has no route; register it again'));
  else if (route.table !== tenant.table) {
    found.push(
      blocker(
        'route-differs',
        `the route says ${route.table}, the registry ${tenant.table}; mend the registry first`,
      ),
    );
  }
  return found;
};

const tierFindings = (migration: Migration, { tier, schools }: Subject): Finding[] => {
  const stays = migration.target.tier === migration.source.tier;
  const found = stays
    ? [warning('same-tier', `the tenant stays in tier ${tier.name}; only its table changes`)]
    : [];
  if (tier.maxSchools === undefined || schools <= tier.maxSchools) return found;
  // in its own tier it has outgrown it already, and a move to another table makes that no worse
  const report = stays ? warning : blocker;
  const message = `the tenant has ${schools} schools, ${tier.name} holds ${tier.maxSchools} at most`;
  return [...found, report('too-many-schools', message)];
};

const sourceFindings = async (
  ports: Ports,
  migration: Migration,
  { registered }: Subject,
): Promise<Finding[]> => {
  const source = await ports.tables.describe(migration.source.table);
  if (!source) return [blocker('source-gone', `table ${migration.source.table} is gone`)];
  const found: Finding[] = [];
  // the flip would come, and then the counts of tenants could not be changed
  if (registered.damaged.includes(migration.source.table)) {
    const message = `the registry's record of table ${migration.source.table} is damaged; repair it: docs/operations/damaged-records.md`;
    found.push(blocker('source-record-damaged', message));
  }
  if (source.hasLocalIndexes) {
    found.push(
      warning(
        'local-index',
        `the source has a local secondary index: its partition never splits and ends at ${LSI_COLLECTION_BYTES / 2 ** 30} GB`,
      ),
    );
  }
  for (const name of indexesOfTableKeys([...source.indexes, ...ports.settings.tableDesign.indexes])) {
    const message = `index ${name} has no keys but the table's, so all items of a migration show in it: its copies before the flip, and sentinels for about a second: docs/router.md`;
    found.push(warning('index-of-table-keys', message));
  }
  if (source.streamView === undefined)
    found.push(warning('no-stream', `table ${migration.source.table} has no stream`));
  return found;
};

/** The others hold an item only if it has an attribute of the application's, which no sentinel has. */
const indexesOfTableKeys = (indexes: readonly (Partial<Keys> & { readonly name: string })[]): Set<string> => {
  const tableKeys = keyAttributes(TIER_TABLE_KEYS).map(({ name }) => name);
  const hasOnlyThose = ({ partitionKey, sortKey }: Partial<Keys>): boolean =>
    partitionKey !== undefined &&
    keyAttributes({ partitionKey, sortKey }).every(({ name }) => tableKeys.includes(name));
  return new Set(indexes.filter(hasOnlyThose).map(({ name }) => name));
};

const targetFindings = async (ports: Ports, migration: Migration, subject: Subject): Promise<Finding[]> => {
  const { target, description, tier, registered } = subject;
  if (target.length > TABLE_NAME_CHARACTERS) {
    return [blocker('name-too-long', `table name ${target} is over ${TABLE_NAME_CHARACTERS} characters`)];
  }
  const record = registered.tables.find((table) => table.table === target);
  if (!description) {
    // another migration has registered it, and is about to create it, as this one would
    const isToCome = record && record.tenants + record.leaving === 0;
    return record && !isToCome
      ? [blocker('target-gone', `table ${target} is registered and gone; retire it or create it`)]
      : [
          warning(
            'creates-table',
            `no table of tier ${tier.name} has room for the tenant: ${target} will be created`,
          ),
        ];
  }
  const found: Finding[] = [];
  if (!record)
    found.push(
      warning('target-unregistered', `table ${target} exists and is not registered; it will be used`),
    );
  // what a migration has created is still being configured, by whoever comes to it first
  const differencesOf = record?.createdBy === undefined ? tableDifferences : createdDifferences;
  const differences =
    description.status === 'ACTIVE' ? differencesOf(description, ports.settings.tableDesign) : [];
  if (differences.length > 0) {
    found.push(
      blocker('target-differs', `table ${target} is not as the catalogue asks: ${differences.join('; ')}`),
    );
  }
  if (!migration.locked && (await holdsItems(ports.partition(migration.tenantId), target))) {
    found.push(
      blocker(
        'target-partition-not-empty',
        `table ${target} already holds items of the tenant; find out whose they are, then remove them`,
      ),
    );
  }
  return found;
};
