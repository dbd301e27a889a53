import { LSI_COLLECTION_BYTES, NEW_TABLE_UNITS_PER_SECOND } from '../limits.ts';
import type { TableName } from '../names.ts';
import type { TableDescription, TableIntegrations, TableTraits } from '../ports.ts';
import { indexDifferences, keyDifferences } from '../provision/table-differences.ts';
import type { Settings, TableDesign } from '../settings.ts';
import { acceptable, blocker, warning } from './findings-of.ts';
import type { Finding } from './plan.ts';

/** A table with what is known of it. */
export interface KnownTable {
  readonly table: TableName;
  readonly description: TableDescription;
  readonly integrations: TableIntegrations;
}

/** What is compared: the target has the catalogue's design, and is created by it if it is absent. */
interface Pair {
  readonly settings: Settings;
  readonly source: KnownTable;
  readonly targetTable: TableName;
  readonly target: KnownTable | undefined;
}

/**
 * Finds what the source has that the target will not have, or has in another form. What would break the application or what reads
 * its data when the tenant's route flips is a blocker.
 */
export const sourceFindings = (pair: Pair): Finding[] => [
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

const keyFindings = ({ source: { table, description } }: Pair): Finding[] => {
  const differences = keyDifferences(description);
  return differences.length === 0
    ? []
    : [
        blocker(
          'source-keys-differ',
          `source ${table} does not have the keys of a tier table: ${differences.join('; ')}`,
          'A table with other keys is not one that tenants can be moved from',
        ),
      ];
};

const indexFindings = ({
  settings,
  source: { table, description },
  targetTable,
  target,
}: Pair): Finding[] => {
  const { indexes } = settings.tableDesign;
  const found: Finding[] = [];
  for (const index of description.indexes) {
    const wanted = indexes.find(({ name }) => name === index.name);
    const differences = wanted ? indexDifferences(index, wanted) : [];
    if (wanted && differences.length === 0) continue;
    const what = wanted
      ? `has index ${index.name} with another design than target ${targetTable}: ${differences.join('; ')}`
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
        `source ${table} does not have index ${name} of the catalogue; the target has it`,
        'Nothing, if the application expects it on the target. Items that the index would refuse are named by themselves',
      ),
    );
  }
  if (description.hasLocalIndexes)
    found.push(
      acceptable(
        settings,
        'local-index',
        `source ${table} has a local secondary index, which the target will not have: the application's queries of it fail at the flip. The tenant's partition never splits and ends at ${LSI_COLLECTION_BYTES / 2 ** 30} GB`,
        'Let the application query a global index of the catalogue instead',
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

/** Where only one side expires items, the tenant's items are deleted that were kept, or the other way round. */
const expiryFindings = ({ settings, source: { table, description }, targetTable }: Pair): Finding[] => {
  const wanted = settings.tableDesign.ttlAttribute;
  const { ttlAttribute: found } = description;
  if (found === wanted) return [];
  const onSource = found === undefined ? 'no TTL' : `TTL by attribute ${found}`;
  const onTarget = wanted === undefined ? 'has none' : `deletes items by attribute ${wanted}`;
  return [
    blocker(
      'source-ttl-differs',
      `source ${table} has ${onSource}, and target ${targetTable} ${onTarget}`,
      'Set TTL of the source and tableDesign.ttlAttribute in the settings to the same attribute; DynamoDB takes up to an hour to change it',
    ),
  ];
};

const streamFindings = ({ settings, source: { table, description } }: Pair): Finding[] => {
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
          'See that each consumer can handle both',
        ),
      ];
};

const replicaFindings = ({
  settings,
  source: { table, description },
  targetTable,
  target,
}: Pair): Finding[] => {
  if (description.isLegacyGlobalTable) {
    return [
      blocker(
        'legacy-global-table',
        `source ${table} is a global table of version 2017.11.29, which keeps attributes of its own (aws:rep:...) in each item`,
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
        `source ${table} is a global table with replicas in ${lacking.join(', ')}, where target ${targetTable} has none: the application there finds no table at the flip`,
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
          `${replicas.length > 0 ? 'source and target are global tables' : `target ${targetTable} is a global table`}, with replicas in ${regions.join(', ')}: copies and the clean-up are replicated and paid for there, too`,
          'Write the tenant in the Region of Tierferry only while it is moved: docs/adopt.md',
        ),
      ];
};

/**
 * Services of zero-ETL integrations, which a table's policy has to let in.
 * [Redshift: Getting started with DynamoDB zero-ETL integrations; Glue: Configuring a source for a zero-ETL integration]
 */
const ZERO_ETL = ['redshift.amazonaws.com', 'glue.amazonaws.com'];

const integrationFindings = ({ settings, source, targetTable, target }: Pair): Finding[] => {
  const { kinesisStreams, policy } = source.integrations;
  const onTarget = target?.integrations;
  const found: Finding[] = [];
  const lacking = kinesisStreams.filter((arn) => !onTarget?.kinesisStreams.includes(arn));
  if (lacking.length > 0)
    found.push(
      acceptable(
        settings,
        'kinesis-destination',
        `changes of source ${source.table} go to ${lacking.join(', ')}, and those of target ${targetTable} do not: its consumers miss every change from the flip on`,
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
        `the policy of source ${source.table} lets ${services.join(' and ')} export it, as a zero-ETL integration does, and target ${targetTable} has no such policy`,
        'Give the target an integration of its own: docs/adopt.md says how its rows and those of the source go together',
      ),
    );
  found.push(
    onTarget?.policy
      ? warning(
          'resource-policies',
          `source ${source.table} and target ${targetTable} have a resource-based policy each`,
          'Compare them: who may reach the source must be able to reach the target, and who may not must not',
        )
      : acceptable(
          settings,
          'resource-policy',
          `source ${source.table} has a resource-based policy, and target ${targetTable} has none: what it allows or denies ends at the flip`,
          'Put a policy for the same principals on the target before the move',
        ),
  );
  return found;
};

const classFindings = ({ source: { table, description }, targetTable, target }: Pair): Finding[] => {
  const classOf = ({ tableClass = 'STANDARD' }: TableTraits = {}): string => tableClass;
  const [found, other] = [classOf(description), classOf(target?.description)];
  return found === other
    ? []
    : [
        warning(
          'source-table-class-differs',
          `source ${table} is of table class ${found}, and target ${targetTable} of ${other}: their storage and requests are priced differently`,
          'Change the class of the target with UpdateTable, if it should be the same',
        ),
      ];
};

const capacityFindings = ({ source: { table, description }, targetTable, target }: Pair): Finding[] => {
  const found: Finding[] = [];
  const { provisioned, warm } = description;
  const ofTarget: TableTraits = target?.description ?? {};
  if (provisioned)
    found.push(
      warning(
        'source-provisioned',
        `source ${table} has ${provisioned.read} read and ${provisioned.write} write units a second provisioned, which the plan, the copy and the clean-up share with the application${ofTarget.provisioned ? '' : `; target ${targetTable} is on demand, without capacity or auto scaling to set`}`,
        'Set a limit for the migration (tierferry limit), and raise the capacity for its time if the application needs it',
      ),
    );
  if (ofTarget.provisioned)
    found.push(
      warning(
        'target-provisioned',
        `target ${targetTable} has ${ofTarget.provisioned.read} read and ${ofTarget.provisioned.write} write units a second provisioned, for the copy and its tenants`,
        'See that it has auto scaling, and capacity for one more tenant; or switch it to on demand',
      ),
    );
  const { write } = ofTarget.mostOnDemand ?? {};
  if (write !== undefined)
    found.push(
      warning(
        'target-throughput-capped',
        `target ${targetTable} takes ${write} write units a second at most, the copy and its tenants together`,
        'Raise its maximum throughput, or set a limit for the migration (tierferry limit)',
      ),
    );
  const expected = ofTarget.warm ?? NEW_TABLE_UNITS_PER_SECOND;
  if (warm && isWarmer(warm, expected) && isWarmer(warm, NEW_TABLE_UNITS_PER_SECOND))
    found.push(
      warning(
        'source-warm-throughput',
        `source ${table} is warm for ${warm.read} reads and ${warm.write} writes a second, and target ${targetTable} for ${expected.read} and ${expected.write}`,
        'Raise the warm throughput of the target with UpdateTable if the tenant brings much of that traffic',
      ),
    );
  return found;
};

/** A target on demand has no capacity to scale. */
const scalingFindings = ({ source, targetTable, target }: Pair): Finding[] => {
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
      `${dimension} capacity of ${index === undefined ? 'the table' : `index ${index}`} from ${least} to ${most} units a second${hasPolicy ? '' : ' (by schedule only, if at all)'}`,
  );
  return [
    warning(
      'source-auto-scaling',
      `Application Auto Scaling changes source ${source.table}, and not target ${targetTable}, or not as far: ${what.join('; ')}`,
      'Register the same targets and policies for the target before the move, or switch it to on demand',
    ),
  ];
};

/** An index that takes fewer writes than its table throttles the table. [DynamoDB developer guide, gsi-throttling] */
const indexCapacityFindings = ({ source, targetTable, target }: Pair): Finding[] => {
  const { provisioned, provisionedIndexes = [] }: TableTraits = target?.description ?? {};
  const ofSource = source.description.provisionedIndexes ?? [];
  const low = provisionedIndexes.flatMap(({ name, read, write }) => {
    const other = ofSource.find((index) => index.name === name);
    const units = `${name} has ${read} read and ${write} write units a second`;
    if (other && (other.read > read || other.write > write))
      return [`${units}, and ${other.read} and ${other.write} on source ${source.table}`];
    return provisioned && write < provisioned.write
      ? [`${units}, and its table ${provisioned.write} write units`]
      : [];
  });
  return low.length === 0
    ? []
    : [
        warning(
          'target-index-throughput',
          `indexes of target ${targetTable} have less capacity than they may need, and throttle writes of the table: ${low.join('; ')}`,
          'Raise the capacity of these indexes with UpdateTable',
        ),
      ];
};

const isWarmer = (a: NonNullable<TableTraits['warm']>, b: NonNullable<TableTraits['warm']>): boolean =>
  a.read > b.read || a.write > b.write;

const protectionFindings = ({ settings, source: { table, description }, targetTable }: Pair): Finding[] => {
  const { kmsKeyArn, pointInTimeRecovery }: TableDesign = settings.tableDesign;
  const found: Finding[] = [];
  if (description.kmsKeyArn !== kmsKeyArn)
    found.push(
      warning(
        'source-encryption-differs',
        `source ${table} is encrypted with ${description.kmsKeyArn ?? 'a key of DynamoDB'}, and target ${targetTable} with ${kmsKeyArn ?? 'a key of DynamoDB'}`,
        'Let every reader of the target use its key',
      ),
    );
  if (description.pointInTimeRecovery === true && !pointInTimeRecovery)
    found.push(
      warning(
        'source-recovery-differs',
        `source ${table} has point-in-time recovery, and target ${targetTable} does not`,
        'Set tableDesign.pointInTimeRecovery in the settings, and turn it on for every tier table',
      ),
    );
  return found;
};
