import { LSI_COLLECTION_BYTES, NEW_TABLE_UNITS_PER_SECOND } from '../limits.ts';
import type { TableName } from '../names.ts';
import { indexDifferences, keyDifferences } from '../provision/table-differences.ts';
import type { TableDescription, TableIntegrations, TableTraits } from '../provision/tables-port.ts';
import type { Settings, TableDesign } from '../settings/settings.ts';
import { acceptable, blocker, warning } from './findings-of.ts';
import type { PlanFinding } from './plan.ts';

/** A table with its description and its integrations. */
export interface KnownTable {
  readonly table: TableName;
  readonly description: TableDescription;
  readonly integrations: TableIntegrations;
}

/** The two tables to compare. The target has the catalogue's design; if it is absent, it will be created with it. */
interface Pair {
  readonly settings: Settings;
  readonly source: KnownTable;
  readonly targetTable: TableName;
  readonly target: KnownTable | undefined;
}

/**
 * Finds the properties of the source that the target will not have, or has differently. It is a blocker if the
 * difference would break the application, or a reader of its data, when the tenant's route flips.
 */
export const sourceFindings = (pair: Pair): PlanFinding[] => [
  ...keyFindings(pair),
  ...indexFindings(pair),
  ...expiryFindings(pair),
  ...streamFindings(pair),
  ...replicaFindings(pair),
  ...integrationFindings(pair),
  ...classFindings(pair),
  ...capacityFindings(pair),
  ...scalingFindings(pair),
  ...indexCapacityFindings(pair),
  ...protectionFindings(pair),
];

const keyFindings = ({ settings, source: { table, description } }: Pair): PlanFinding[] => {
  const differences = keyDifferences(description, settings.tableDesign);
  return differences.length === 0
    ? []
    : [
        blocker(
          'source-keys-differ',
          `source ${table} does not have the keys of a tier table: ${differences.join('; ')}`,
          'Correct tableDesign.keys in the settings if the source has the right keys; tenants cannot be moved from a table with other keys',
        ),
      ];
};

const indexFindings = ({
  settings,
  source: { table, description },
  targetTable,
  target,
}: Pair): PlanFinding[] => {
  const { indexes } = settings.tableDesign;
  const found: PlanFinding[] = [];
  for (const index of description.indexes) {
    const wanted = indexes.find(({ name }) => name === index.name);
    const differences = wanted ? indexDifferences(index, wanted) : [];
    if (wanted && differences.length === 0) continue;
    const what = wanted
      ? `has index ${index.name} with a design that differs from that of target ${targetTable}: ${differences.join('; ')}`
      : `has index ${index.name}, which target ${targetTable} does not have`;
    found.push(
      acceptable(
        settings,
        'source-index-missing',
        `source ${table} ${what}. The application's queries of it change or fail at the flip`,
        'Add the index to tableDesign.indexes in the settings and to every tier table, or delete it from the source',
      ),
    );
  }
  for (const { name } of indexes) {
    if (description.indexes.some((index) => index.name === name)) continue;
    found.push(
      warning(
        'source-lacks-index',
        `source ${table} does not have index ${name} of the catalogue, but the target does`,
        'None, if the application expects the index on the target. Items that the index would reject are separate findings',
      ),
    );
  }
  if (description.hasLocalIndexes)
    found.push(
      acceptable(
        settings,
        'local-index',
        `source ${table} has a local secondary index, which the target will not have: the application's queries of it fail at the flip. On the source, the tenant's partition never splits and is limited to ${LSI_COLLECTION_BYTES / 2 ** 30} GB`,
        'Query a global index of the catalogue in the application instead',
      ),
    );
  const onTarget = target?.description.vectorIndexes ?? [];
  for (const name of (description.vectorIndexes ?? []).filter((one) => !onTarget.includes(one))) {
    found.push(
      acceptable(
        settings,
        'vector-index',
        `source ${table} has vector index ${name}, which target ${targetTable} does not have: SearchVectors fails at the flip`,
        'Add it to the target with UpdateTable before the move (Tierferry creates no vector indexes)',
      ),
    );
  }
  return found;
};

/** If only one side expires items, items of the tenant are deleted that were kept before, or the other way round. */
const expiryFindings = ({ settings, source: { table, description }, targetTable }: Pair): PlanFinding[] => {
  const wanted = settings.tableDesign.ttlAttribute;
  const { ttlAttribute: found } = description;
  if (found === wanted) return [];
  const onSource = found === undefined ? 'no TTL' : `TTL by attribute ${found}`;
  const onTarget = wanted === undefined ? 'has none' : `deletes items by attribute ${wanted}`;
  return [
    blocker(
      'source-ttl-differs',
      `source ${table} has ${onSource}, and target ${targetTable} ${onTarget}`,
      'Set TTL of the source and tableDesign.ttlAttribute in the settings to the same attribute; DynamoDB may take up to an hour for the change',
    ),
  ];
};

const streamFindings = ({ settings, source: { table, description } }: Pair): PlanFinding[] => {
  const { streamView: wanted } = settings.tableDesign;
  const { streamView: found } = description;
  if (found === wanted) return [];
  return found === undefined
    ? [
        blocker(
          'no-stream',
          `source ${table} has no stream, so changes made during a move would be lost`,
          `Turn its stream on with view ${wanted}`,
        ),
      ]
    : [
        warning(
          'source-stream-view-differs',
          `the stream of source ${table} has view ${found}, and that of the target ${wanted}: its consumers get other images after the flip`,
          'Make sure that each consumer can handle both',
        ),
      ];
};

const replicaFindings = ({
  settings,
  source: { table, description },
  targetTable,
  target,
}: Pair): PlanFinding[] => {
  if (description.isLegacyGlobalTable) {
    return [
      blocker(
        'legacy-global-table',
        `source ${table} is a global table of version 2017.11.29, which adds attributes (aws:rep:...) to each item`,
        'Update it to version 2019.11.21',
      ),
    ];
  }
  const { replicas = [] } = description;
  const onTarget = target?.description.replicas ?? [];
  const lacking = replicas.filter((region) => !onTarget.includes(region));
  if (lacking.length > 0) {
    return [
      acceptable(
        settings,
        'replicas',
        `source ${table} is a global table with replicas in ${lacking.join(', ')}, but target ${targetTable} has none: the application in those Regions finds no table at the flip`,
        'Add the replicas to the target before the move',
      ),
    ];
  }
  const regions = [...new Set([...replicas, ...onTarget])];
  return regions.length === 0
    ? []
    : [
        warning(
          'global-table',
          `${replicas.length > 0 ? 'source and target are global tables' : `target ${targetTable} is a global table`}, with replicas in ${regions.join(', ')}: copies and the clean-up are replicated and billed there too`,
          'While the tenant is moved, write it in the Region of Tierferry only: docs/adopt.md',
        ),
      ];
};

/**
 * Services of zero-ETL integrations, which a table's policy must admit. [Redshift: Getting started with DynamoDB
 * zero-ETL integrations; Glue: Configuring a source for a zero-ETL integration]
 */
const ZERO_ETL = ['redshift.amazonaws.com', 'glue.amazonaws.com'];

const integrationFindings = ({ settings, source, targetTable, target }: Pair): PlanFinding[] => {
  const { kinesisStreams, policy } = source.integrations;
  const onTarget = target?.integrations;
  const found: PlanFinding[] = [];
  const lacking = kinesisStreams.filter((arn) => !onTarget?.kinesisStreams.includes(arn));
  if (lacking.length > 0)
    found.push(
      acceptable(
        settings,
        'kinesis-destination',
        `changes of source ${source.table} go to ${lacking.join(', ')}, but those of target ${targetTable} do not: the consumers miss every change after the flip`,
        'Enable the destination on the target before the move',
      ),
    );
  if (!policy) return found;
  const services = policy.services.filter((service) => ZERO_ETL.includes(service));
  if (services.some((service) => !onTarget?.policy?.services.includes(service)))
    found.push(
      acceptable(
        settings,
        'zero-etl',
        `the policy of source ${source.table} lets ${services.join(' and ')} export it, as a zero-ETL integration does, but target ${targetTable} has no such policy`,
        'Create an integration of the target. docs/adopt.md describes how to combine its rows with those of the source',
      ),
    );
  found.push(
    onTarget?.policy
      ? warning(
          'resource-policies',
          `source ${source.table} and target ${targetTable} each have a resource-based policy`,
          'Compare them: they should allow and deny the same principals',
        )
      : acceptable(
          settings,
          'resource-policy',
          `source ${source.table} has a resource-based policy, but target ${targetTable} has none: its permissions and denials end at the flip`,
          'Put a policy for the same principals on the target before the move',
        ),
  );
  return found;
};

const classFindings = ({ source: { table, description }, targetTable, target }: Pair): PlanFinding[] => {
  const classOf = ({ tableClass = 'STANDARD' }: TableTraits = {}): string => tableClass;
  const [found, other] = [classOf(description), classOf(target?.description)];
  return found === other
    ? []
    : [
        warning(
          'source-table-class-differs',
          `source ${table} is of table class ${found}, and target ${targetTable} of ${other}: storage and requests are priced differently`,
          'If they should be the same, change the class of the target with UpdateTable',
        ),
      ];
};

const capacityFindings = ({ source: { table, description }, targetTable, target }: Pair): PlanFinding[] => {
  const found: PlanFinding[] = [];
  const { provisioned, warm } = description;
  const ofTarget: TableTraits = target?.description ?? {};
  if (provisioned)
    found.push(
      warning(
        'source-provisioned',
        `source ${table} has ${provisioned.read} read and ${provisioned.write} write units per second provisioned, which plan, copy and clean-up share with the application${ofTarget.provisioned ? '' : `; target ${targetTable} is on demand, without capacity or auto scaling to set`}`,
        'Set a limit for the migration, and raise the capacity while it runs if the application needs it',
      ),
    );
  if (ofTarget.provisioned)
    found.push(
      warning(
        'target-provisioned',
        `target ${targetTable} has ${ofTarget.provisioned.read} read and ${ofTarget.provisioned.write} write units per second provisioned, for the copy and its tenants`,
        'Make sure that it has auto scaling and capacity for one more tenant, or switch it to on demand',
      ),
    );
  const { write } = ofTarget.mostOnDemand ?? {};
  if (write !== undefined)
    found.push(
      warning(
        'target-throughput-capped',
        `target ${targetTable} is limited to ${write} write units per second, for the copy and its tenants together`,
        'Raise its maximum throughput, or set a limit for the migration',
      ),
    );
  const expected = ofTarget.warm ?? NEW_TABLE_UNITS_PER_SECOND;
  if (warm && isWarmer(warm, expected) && isWarmer(warm, NEW_TABLE_UNITS_PER_SECOND))
    found.push(
      warning(
        'source-warm-throughput',
        `source ${table} has a warm throughput of ${warm.read} reads and ${warm.write} writes per second, target ${targetTable} one of ${expected.read} and ${expected.write}`,
        'Raise the warm throughput of the target with UpdateTable if the tenant causes much of that traffic',
      ),
    );
  return found;
};

/** Finds auto scaling that the target lacks. An on-demand target has no capacity to scale. */
const scalingFindings = ({ source, targetTable, target }: Pair): PlanFinding[] => {
  if (!target?.description.provisioned) return [];
  const onTarget = target.integrations.autoScaling ?? [];
  const lacking = (source.integrations.autoScaling ?? []).filter(
    (one) =>
      !onTarget.some(
        ({ index, dimension, most, hasPolicy }) =>
          index === one.index &&
          dimension === one.dimension &&
          most >= one.most &&
          (hasPolicy || !one.hasPolicy),
      ),
  );
  if (lacking.length === 0) return [];
  const what = lacking.map(
    ({ index, dimension, least, most, hasPolicy }) =>
      `${dimension} capacity of ${index === undefined ? 'the table' : `index ${index}`} from ${least} to ${most} units per second${hasPolicy ? '' : ' (by schedule only, if at all)'}`,
  );
  return [
    warning(
      'source-auto-scaling',
      `Application Auto Scaling scales source ${source.table}, but not target ${targetTable}, or not as far: ${what.join('; ')}`,
      'Register the same targets and policies for the target before the move, or switch it to on demand',
    ),
  ];
};

/**
 * Finds low index capacity. An index that accepts fewer writes than its table throttles the table. [DynamoDB developer
 * guide, gsi-throttling]
 */
const indexCapacityFindings = ({ source, targetTable, target }: Pair): PlanFinding[] => {
  const { provisioned, provisionedIndexes = [] }: TableTraits = target?.description ?? {};
  const ofSource = source.description.provisionedIndexes ?? [];
  const low = provisionedIndexes.flatMap(({ name, read, write }) => {
    const other = ofSource.find((index) => index.name === name);
    const units = `${name} has ${read} read and ${write} write units per second`;
    if (other && (other.read > read || other.write > write))
      return [`${units}, but ${other.read} and ${other.write} on source ${source.table}`];
    return provisioned && write < provisioned.write
      ? [`${units}, but its table has ${provisioned.write} write units`]
      : [];
  });
  return low.length === 0
    ? []
    : [
        warning(
          'target-index-throughput',
          `indexes of target ${targetTable} may have too little capacity, which throttles writes to the table: ${low.join('; ')}`,
          'Raise the capacity of these indexes with UpdateTable',
        ),
      ];
};

const isWarmer = (a: NonNullable<TableTraits['warm']>, b: NonNullable<TableTraits['warm']>): boolean =>
  a.read > b.read || a.write > b.write;

const protectionFindings = ({
  settings,
  source: { table, description },
  targetTable,
}: Pair): PlanFinding[] => {
  const { kmsKeyArn, pointInTimeRecovery }: TableDesign = settings.tableDesign;
  const found: PlanFinding[] = [];
  if (description.kmsKeyArn !== kmsKeyArn)
    found.push(
      warning(
        'source-encryption-differs',
        `source ${table} is encrypted with ${description.kmsKeyArn ?? 'a key of DynamoDB'}, target ${targetTable} with ${kmsKeyArn ?? 'a key of DynamoDB'}`,
        'Allow every reader of the target to use its key',
      ),
    );
  if (description.pointInTimeRecovery === true && !pointInTimeRecovery)
    found.push(
      warning(
        'source-recovery-differs',
        `source ${table} has point-in-time recovery, but target ${targetTable} does not`,
        'Set tableDesign.pointInTimeRecovery in the settings, and turn it on for every tier table',
      ),
    );
  return found;
};
