import { layoutOf } from '../items/key-layout.ts';
import { holdsItems } from '../journal/clear-sentinels.ts';
import { TABLE_NAME_CHARACTERS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { unownedTableText } from '../provision/choose-table.ts';
import { createdDifferences, tableDifferences } from '../provision/table-differences.ts';
import type { TableDescription } from '../provision/tables-port.ts';
import { isRecordedFirst, type RegisteredTables } from '../registry/tier-table.ts';
import type { Survey } from '../segment.ts';
import { countedText } from '../settings/counted-items.ts';
import { type Keys, keyAttributes, type Tier, tierTableKeys } from '../settings/settings.ts';
import { blocker, warning } from './findings-of.ts';
import { itemFindings } from './item-findings.ts';
import type { PlanFinding } from './plan.ts';
import { type KnownTable, sourceFindings } from './source-findings.ts';

export interface Subject {
  readonly tier: Tier;
  readonly target: TableName;
  /** Description of the target table; absent if it does not exist yet. */
  readonly description: TableDescription | undefined;
  readonly schools: number;
  readonly registered: RegisteredTables;
  readonly survey: Survey;
}

/** Finds all reasons not to migrate, and everything to know before. Reads only. */
export const findings = async (
  ports: Ports,
  migration: Migration,
  subject: Subject,
): Promise<PlanFinding[]> => [
  ...(await tenantFindings(ports, migration)),
  ...tierFindings(ports, migration, subject),
  ...(await tableFindings(ports, migration, subject)),
  ...(await targetFindings(ports, migration, subject)),
  ...itemFindings(subject.survey, ports.settings.tableDesign),
];

const tenantFindings = async (ports: Ports, migration: Migration): Promise<PlanFinding[]> => {
  const tenant = await ports.registry.tenant(migration.tenantId);
  const route = await ports.routes.get(migration.tenantId);
  if (!tenant)
    return [
      blocker(
        'tenant-gone',
        `tenant ${migration.tenantId} is no longer in the registry`,
        'Register the tenant again where its items are: docs/adopt.md',
      ),
    ];
  const found: PlanFinding[] = [];
  if (tenant.table !== migration.source.table) {
    found.push(blocker('tenant-moved', `the tenant has moved to ${tenant.table}`, 'Request a new migration'));
  }
  if (tenant.lockedBy && tenant.lockedBy !== migration.migrationId) {
    found.push(
      blocker(
        'tenant-locked',
        `migration ${tenant.lockedBy} holds the tenant's lock`,
        'Wait for that migration, or cancel it',
      ),
    );
  }
  if (!route) found.push(blocker('no-route', 'the tenant has no route', 'Register the tenant again'));
  else if (route.table !== tenant.table) {
    found.push(
      blocker(
        'route-differs',
        `the route names ${route.table}, the registry ${tenant.table}`,
        'Repair the registry first, as the doctor says',
      ),
    );
  }
  return found;
};

const tierFindings = (
  { settings }: Pick<Ports, 'settings'>,
  migration: Migration,
  { tier, schools }: Subject,
): PlanFinding[] => {
  const stays = migration.target.tier === migration.source.tier;
  const found = stays
    ? [
        warning(
          'same-tier',
          `the tenant stays in tier ${tier.name}; only its table changes`,
          'None, if this is intended',
        ),
      ]
    : [];
  if (tier.maxSchools === undefined || schools <= tier.maxSchools) return found;
  // a tenant that stays in its tier has outgrown it already, and another table does not change that
  const report = stays ? warning : blocker;
  const message = `the tenant has ${countedText(schools, settings)}; the limit of tier ${tier.name} is ${tier.maxSchools}`;
  return [...found, report('too-many-schools', message, 'Move it to a tier with a higher limit')];
};

/** Finds problems with the source table, and differences between the two tables. */
const tableFindings = async (
  ports: Ports,
  migration: Migration,
  { registered, target, description }: Subject,
): Promise<PlanFinding[]> => {
  const { table } = migration.source;
  const source = await knownTable(ports, table, await ports.tables.describe(table));
  if (!source)
    return [
      blocker(
        'source-gone',
        `source ${table} does not exist`,
        'Restore it from a backup: docs/operations/restore.md',
      ),
    ];
  const found: PlanFinding[] = [];
  if (source.description.status === 'DELETING' || source.description.status === 'OTHER') {
    found.push(
      blocker(
        'source-not-active',
        `source ${table} is being deleted, is archived, or has no access to its encryption key`,
        'Check its status in DynamoDB',
      ),
    );
  }
  // otherwise the registry could not be updated after the flip
  if (registered.damaged.includes(table)) {
    found.push(
      blocker(
        'source-record-damaged',
        `the registry's record of source ${table} is damaged`,
        'Repair it: docs/operations/damaged-records.md',
      ),
    );
  }
  const { tableDesign } = ports.settings;
  const indexes = [...source.description.indexes, ...tableDesign.indexes];
  for (const name of indexesOfTableKeys(indexes, tierTableKeys(tableDesign))) {
    found.push(
      warning(
        'index-of-table-keys',
        `index ${name} has only the table's keys, so it contains all items that a migration puts: copies before the flip, and sentinels for about a second`,
        'Check the readers of the index: docs/router.md',
      ),
    );
  }
  const known = await knownTable(ports, target, description);
  return [
    ...found,
    ...sourceFindings({ settings: ports.settings, source, targetTable: target, target: known }),
  ];
};

const knownTable = async (
  { tables }: Pick<Ports, 'tables'>,
  table: TableName,
  description: TableDescription | undefined,
): Promise<KnownTable | undefined> => {
  const integrations = description && (await tables.integrations(table));
  return description && integrations && { table, description, integrations };
};

/**
 * Returns the indexes that have only the table's keys. Other indexes need an attribute of the application, which no
 * sentinel has.
 */
const indexesOfTableKeys = (
  indexes: readonly (Partial<Keys> & { readonly name: string })[],
  keys: Keys,
): Set<string> => {
  const tableKeys = keyAttributes(keys).map(({ name }) => name);
  const hasOnlyThose = ({ partitionKey, sortKey }: Partial<Keys>): boolean =>
    partitionKey !== undefined &&
    keyAttributes({ partitionKey, sortKey }).every(({ name }) => tableKeys.includes(name));
  return new Set(indexes.filter(hasOnlyThose).map(({ name }) => name));
};

const targetFindings = async (
  ports: Ports,
  migration: Migration,
  subject: Subject,
): Promise<PlanFinding[]> => {
  const { target, description, tier, registered } = subject;
  const { placement } = migration.target;
  if (target.length > TABLE_NAME_CHARACTERS) {
    return [
      blocker(
        'name-too-long',
        `table name ${target} has more than ${TABLE_NAME_CHARACTERS} characters`,
        'Move the tenant to a tier with a shorter name, or to a shared table',
      ),
    ];
  }
  const record = registered.tables.find((table) => table.table === target);
  if (!description) {
    // another migration has registered the table and is about to create it, as this one would
    const isToCome = record && record.tenants + record.departing === 0;
    return record && !isToCome
      ? [
          blocker(
            'target-gone',
            `target ${target} is registered but does not exist`,
            'Restore it if it holds tenants; otherwise repair the registry with the doctor',
          ),
        ]
      : [
          {
            ...warning(
              'creates-table',
              `no table of tier ${tier.name} has a free slot for the tenant: ${target} will be created`,
              'None required. You can add a table beforehand',
            ),
            next: placement === 'shared' ? { action: 'add-table', tier: tier.name } : undefined,
          },
        ];
  }
  const found: PlanFinding[] = [];
  if (!record)
    found.push(
      placement === 'dedicated'
        ? blocker(
            'target-not-own',
            unownedTableText(target),
            'Find out what its items belong to, and delete the table if it is not needed',
          )
        : warning(
            'target-unregistered',
            `target ${target} exists but is not registered; it will be used`,
            'None, if it is a table of the tier; otherwise rename or delete it',
          ),
    );
  // a table that Tierferry created may not be configured yet: the first migration that checks it does that
  const differencesOf = record && isRecordedFirst(record) ? createdDifferences : tableDifferences;
  const differences =
    description.status === 'ACTIVE' ? differencesOf(description, ports.settings.tableDesign) : [];
  if (differences.length > 0) {
    found.push(
      blocker(
        'target-differs',
        `target ${target} does not match the catalogue: ${differences.join('; ')}`,
        'Change the table, or tableDesign in the settings, so that they match',
      ),
    );
  }
  if (
    !migration.locked &&
    (await holdsItems(ports.partition(migration.tenantId), target, layoutOf(ports.settings)))
  ) {
    found.push(
      blocker(
        'target-partition-not-empty',
        `target ${target} already holds items of the tenant`,
        'Find out which process put them there, then remove them',
      ),
    );
  }
  return found;
};
