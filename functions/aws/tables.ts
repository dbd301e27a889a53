import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ScanCommand,
  type ScanCommandInput,
  type TableDescription as SdkTable,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { TableNotFound, Unavailable } from '../migration/errors.ts';
import type { TableName } from '../migration/names.ts';
import type { TableAdmin, TableDescription } from '../migration/provision/tables-port.ts';
import {
  type KeyAttribute,
  type Keys,
  keyAttributes,
  type TableDesign,
  TIER_TABLE_KEYS,
} from '../migration/settings/settings.ts';
import { SENTINEL_ATTRIBUTE, SENTINEL_VALUE, SENTINEL_WORD } from '../router/sentinel.ts';
import { scaledCapacityOf } from './auto-scaling.ts';
import { backupsIn } from './backups.ts';
import { nameOf } from './errors.ts';
import { tableCall } from './table-calls.ts';
import { integrationsOf } from './table-integrations.ts';
import { type TableSettings, tableSettingsIn } from './table-settings.ts';
import { traitsOf } from './table-traits.ts';

const STATUSES = ['CREATING', 'ACTIVE', 'UPDATING', 'DELETING'] as const;

/**
 * Manages tier tables in DynamoDB.
 * @param autoScaling absent on an engine without that service.
 */
export const tablesIn = (client: DynamoDBClient, autoScaling?: ApplicationAutoScalingClient): TableAdmin => {
  const settings = tableSettingsIn(client);
  const describeRaw = async (table: TableName): Promise<SdkTable | undefined> => {
    try {
      const found = await tableCall(table, () => client.send(new DescribeTableCommand({ TableName: table })));
      return found.Table;
    } catch (error) {
      if (error instanceof TableNotFound) return undefined;
      throw error;
    }
  };

  return {
    async describe(table) {
      const found = await describeRaw(table);
      if (!found) return undefined;
      try {
        return describe(found, await settings.of(table, found.TableStatus));
      } catch (error) {
        if (!(error instanceof TableNotFound)) throw error;
        const second = await describeRaw(table);
        // a new table that not all parts of DynamoDB know yet
        if (second?.TableStatus === found.TableStatus)
          throw new Unavailable(`table ${table} is not fully known yet`, { cause: error });
        return second && describe(second, await settings.of(table, second.TableStatus));
      }
    },

    async integrations(table) {
      const found = await describeRaw(table);
      const integrations = found && (await integrationsOf(client, table, found.TableArn));
      if (!integrations || !autoScaling) return integrations;
      const indexes = (found.GlobalSecondaryIndexes ?? []).flatMap(({ IndexName }) => IndexName ?? []);
      const scaled = await scaledCapacityOf(autoScaling, table, indexes);
      return scaled.length > 0 ? { ...integrations, autoScaling: scaled } : integrations;
    },

    async create(table, design) {
      if (await describeRaw(table)) return;
      await tableCall(table, async () => {
        try {
          await client.send(new CreateTableCommand(createTableInput(table, design)));
        } catch (error) {
          // another process was faster, or the table is being deleted; a later step checks it
          if (nameOf(error) !== 'ResourceInUseException') throw error;
        }
      });
    },

    configure: settings.configure,
    ...backupsIn(client),

    async delete(table) {
      const found = await describeRaw(table);
      if (!found || found.TableStatus === 'DELETING') return;
      if (found.DeletionProtectionEnabled) {
        await tableCall(table, () =>
          client.send(new UpdateTableCommand({ TableName: table, DeletionProtectionEnabled: false })),
        );
      }
      try {
        await tableCall(table, () => client.send(new DeleteTableCommand({ TableName: table })));
      } catch (error) {
        if (!(error instanceof TableNotFound)) throw error;
      }
    },

    async isEmpty(table) {
      let ExclusiveStartKey: ScanCommandInput['ExclusiveStartKey'];
      do {
        const page = await tableCall(table, () =>
          client.send(new ScanCommand({ TableName: table, ...ITEMS_BUT_SENTINELS, ExclusiveStartKey })),
        );
        if (page.Count !== 0) return false;
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return true;
    },
  };
};

/** Scans a few items at a time, and counts them without reading them: the first item of a tenant ends the scan. */
const ITEMS_BUT_SENTINELS = {
  Limit: 25,
  Select: 'COUNT',
  ConsistentRead: true,
  FilterExpression: 'attribute_not_exists(#attribute) OR #attribute <> :value OR NOT contains(#key, :word)',
  ExpressionAttributeNames: { '#attribute': SENTINEL_ATTRIBUTE, '#key': 'entityKey' },
  ExpressionAttributeValues: { ':value': { S: SENTINEL_VALUE }, ':word': { S: SENTINEL_WORD } },
} as const satisfies Partial<ScanCommandInput>;

const describe = (
  table: SdkTable,
  { ttlAttribute, pointInTimeRecovery }: TableSettings,
): TableDescription => ({
  status: STATUSES.find((status) => status === table.TableStatus) ?? 'OTHER',
  ...keysOf(table),
  ...traitsOf(table),
  indexes: (table.GlobalSecondaryIndexes ?? []).map((index) => ({
    name: index.IndexName ?? '',
    ...keysOf({ ...table, KeySchema: index.KeySchema }),
    projection: index.Projection?.ProjectionType ?? '',
    active: index.IndexStatus === 'ACTIVE',
  })),
  hasLocalIndexes: (table.LocalSecondaryIndexes ?? []).length > 0,
  ...(table.StreamSpecification?.StreamEnabled && table.StreamSpecification.StreamViewType
    ? { streamView: table.StreamSpecification.StreamViewType }
    : {}),
  ...(ttlAttribute === undefined ? {} : { ttlAttribute }),
  ...(table.SSEDescription?.KMSMasterKeyArn ? { kmsKeyArn: table.SSEDescription.KMSMasterKeyArn } : {}),
  pointInTimeRecovery,
  deletionProtection: table.DeletionProtectionEnabled ?? false,
});

/**
 * Returns the keys of a table or index. Attribute types are defined once for a table and all its indexes. [API_CreateTable,
 * AttributeDefinitions]
 */
const keysOf = ({
  KeySchema = [],
  AttributeDefinitions = [],
}: Pick<SdkTable, 'KeySchema' | 'AttributeDefinitions'>): Partial<Keys> => {
  const attributeOf = (keyType: KeySchemaElement['KeyType']): KeyAttribute | undefined => {
    const name = KeySchema.find((key) => key.KeyType === keyType)?.AttributeName;
    const type = AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
    return name !== undefined && type !== undefined ? { name, type } : undefined;
  };
  const [partitionKey, sortKey] = [attributeOf('HASH'), attributeOf('RANGE')];
  return { ...(partitionKey ? { partitionKey } : {}), ...(sortKey ? { sortKey } : {}) };
};

const createTableInput = (table: TableName, design: TableDesign): CreateTableCommandInput => {
  const keys = [TIER_TABLE_KEYS, ...design.indexes].flatMap(keyAttributes);
  const types = new Map(keys.map(({ name, type }) => [name, type]));
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    KeySchema: keySchema(TIER_TABLE_KEYS),
    ...(design.indexes.length > 0
      ? {
          GlobalSecondaryIndexes: design.indexes.map((index) => ({
            IndexName: index.name,
            KeySchema: keySchema(index),
            Projection: { ProjectionType: index.projection },
          })),
        }
      : {}),
    StreamSpecification: { StreamEnabled: true, StreamViewType: design.streamView },
    ...(design.kmsKeyArn === undefined
      ? {}
      : { SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: design.kmsKeyArn } }),
    DeletionProtectionEnabled: design.deletionProtection,
    ...tagsOf(design),
  };
};

const tagsOf = ({ tags }: TableDesign): Pick<CreateTableCommandInput, 'Tags'> => {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return Tags.length > 0 ? { Tags } : {};
};

const keySchema = ({ partitionKey, sortKey }: Keys): KeySchemaElement[] => [
  { AttributeName: partitionKey.name, KeyType: 'HASH' },
  ...(sortKey ? [{ AttributeName: sortKey.name, KeyType: 'RANGE' as const }] : []),
];
