import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import { controlTables, type Settings } from '../migration/settings.ts';
import { systemClock } from './clock.ts';

/** Keys of a table of the control plane or of one of its indexes: strings, unless the sort key is said to be a number. */
interface Keys {
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly hasNumericSortKey?: true;
}
export interface ControlTable extends Keys {
  readonly table: string;
  readonly indexes: readonly (Keys & { readonly name: string })[];
  /** Whether its changes are told of, with the records as they are after them. */
  readonly hasStream?: true;
}

export const BY_TENANT = 'by-tenant';
export const BY_STATUS = 'by-status';
/** Events only: nothing else has a day. */
export const BY_DAY = 'by-day';

/**
 * Indexes of the registry, for the lists of the console, by the range's key and order. Those by `id` hold records of tables,
 * too; the other sort keys are of tenants only.
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
} as const satisfies Readonly<Record<string, Keys & { readonly name: string }>>;

/** The four tables of the control plane, for who creates them: CDK on AWS, `createControlTables` on one machine. */
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
    // its id is `migrationId#side#bucket`
    journal: { table: names.journal, partitionKey: 'id', sortKey: 'entityKey', indexes: [] },
  };
};

/** The sort key of an event begins so. */
export const EVENT = 'EVENT#';

const LOOK_MS = 100;

/** Creates the control plane's tables where they are missing, and waits until they are ACTIVE. For one machine. */
export const createControlTables = async (client: DynamoDBClient, settings: Settings): Promise<void> => {
  await Promise.all(
    Object.values(controlTableDefinitions(settings)).map(async (definition) => {
      try {
        await client.send(new CreateTableCommand(creation(definition)));
      } catch (error) {
        if (!(error instanceof ResourceInUseException)) throw error;
      }
      const describe = new DescribeTableCommand({ TableName: definition.table });
      while ((await client.send(describe)).Table?.TableStatus !== 'ACTIVE') await systemClock.sleep(LOOK_MS);
    }),
  );
};

const creation = ({ table, indexes, hasStream, ...keys }: ControlTable): CreateTableCommandInput => {
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
    ...(hasStream ? { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } } : {}),
    ...(indexes.length > 0
      ? {
          GlobalSecondaryIndexes: indexes.map((index) => ({
            IndexName: index.name,
            KeySchema: keySchema(index),
            Projection: { ProjectionType: 'ALL' },
          })),
        }
      : {}),
  };
};

const keySchema = ({ partitionKey, sortKey }: Keys) => [
  { AttributeName: partitionKey, KeyType: 'HASH' as const },
  ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
];
