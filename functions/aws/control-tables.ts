import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import { controlTables, type Settings } from '../migration/settings/settings.ts';
import { systemClock } from './clock.ts';

/** Keys of a control table or of one of its indexes. They are strings, unless `hasNumericSortKey`. */
interface KeyAttributes {
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly hasNumericSortKey?: true;
}
export interface ControlTable extends KeyAttributes {
  readonly table: string;
  readonly indexes: readonly (KeyAttributes & { readonly name: string })[];
  /** True if the table has a stream, with the records as they are after a change. */
  readonly hasStream?: true;
}

export const BY_TENANT = 'by-tenant';
export const BY_STATUS = 'by-status';
/** Holds events only: no other record has a day. */
export const BY_DAY = 'by-day';

/**
 * Indexes of the registry for the console's lists, by the range's key and order. The ones sorted by `id` also contain
 * tables; records of tables have none of the other sort keys.
 */
export const TENANT_INDEXES = {
  'tier/id': { name: 'by-tier', partitionKey: 'tier', sortKey: 'id' },
  'tier/name': { name: 'by-tier-and-name', partitionKey: 'tier', sortKey: 'nameKey' },
  'tier/schools': {
    name: 'by-tier-and-schools',
    partitionKey: 'tier',
    sortKey: 'schoolCount',
    hasNumericSortKey: true,
  },
  'table/id': { name: 'by-table', partitionKey: 'table', sortKey: 'id' },
  'table/schools': {
    name: 'by-table-and-schools',
    partitionKey: 'table',
    sortKey: 'schoolCount',
    hasNumericSortKey: true,
  },
} as const satisfies Readonly<Record<string, KeyAttributes & { readonly name: string }>>;

/** Returns the definitions of the four control tables, for CDK on AWS and {@link createControlTables} on one machine. */
export const controlTableDefinitions = (
  settings: Pick<Settings, 'prefix'>,
): Record<keyof ReturnType<typeof controlTables>, ControlTable> => {
  const names = controlTables(settings);
  return {
    registry: { table: names.registry, partitionKey: 'id', indexes: Object.values(TENANT_INDEXES) },
    routes: { table: names.routes, partitionKey: 'tenantId', indexes: [] },
    migrations: {
      table: names.migrations,
      partitionKey: 'migrationId',
      sortKey: 'part',
      indexes: [
        { name: BY_TENANT, partitionKey: 'tenantId', sortKey: 'migrationId' },
        { name: BY_STATUS, partitionKey: 'status', sortKey: 'migrationId' },
        { name: BY_DAY, partitionKey: 'day', sortKey: 'part' },
      ],
      hasStream: true,
    },
    // the id is `migrationId#side#bucket`
    journal: { table: names.journal, partitionKey: 'id', sortKey: 'entityKey', indexes: [] },
  };
};

/** Prefix of an event's sort key. */
export const EVENT = 'EVENT#';

const POLL_MS = 100;

/** Creates the control tables that are missing, and waits until they are ACTIVE. For one machine. */
export const createControlTables = async (client: DynamoDBClient, settings: Settings): Promise<void> => {
  await Promise.all(
    Object.values(controlTableDefinitions(settings)).map(async (definition) => {
      try {
        await client.send(new CreateTableCommand(createTableInput(definition)));
      } catch (error) {
        if (!(error instanceof ResourceInUseException)) throw error;
      }
      const describe = new DescribeTableCommand({ TableName: definition.table });
      while ((await client.send(describe)).Table?.TableStatus !== 'ACTIVE') await systemClock.sleep(POLL_MS);
    }),
  );
};

const createTableInput = ({ table, indexes, hasStream, ...keys }: ControlTable): CreateTableCommandInput => {
  const types = new Map<string, 'S' | 'N'>();
  for (const { partitionKey, sortKey, hasNumericSortKey } of [keys, ...indexes]) {
    types.set(partitionKey, 'S');
    if (sortKey !== undefined) types.set(sortKey, hasNumericSortKey ? 'N' : 'S');
  }
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...types].map(([name, type]) => ({ AttributeName: name, AttributeType: type })),
    KeySchema: keySchema(keys),
    StreamSpecification: hasStream ? { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } : undefined,
    // an empty list is refused
    GlobalSecondaryIndexes:
      indexes.length > 0
        ? indexes.map((index) => ({
            IndexName: index.name,
            KeySchema: keySchema(index),
            Projection: { ProjectionType: 'ALL' },
          }))
        : undefined,
  };
};

const keySchema = ({ partitionKey, sortKey }: KeyAttributes) => [
  { AttributeName: partitionKey, KeyType: 'HASH' as const },
  ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
];
