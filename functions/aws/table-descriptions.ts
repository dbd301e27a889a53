import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import {
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  type TableDescription as SdkTable,
} from '@aws-sdk/client-dynamodb';
import { TableNotFound, Unavailable } from '../migration/errors.ts';
import type { TableName } from '../migration/names.ts';
import { capacityOf, type TableAdmin, type TableDescription } from '../migration/provision/tables-port.ts';
import type { KeyAttribute, Keys } from '../migration/settings/settings.ts';
import { scaledCapacityOf } from './auto-scaling.ts';
import { tableCall } from './table-calls.ts';
import { integrationsOf } from './table-integrations.ts';
import { type TableSettings, tableSettingsIn } from './table-settings.ts';
import { traitsOf } from './table-traits.ts';

const STATUSES = ['CREATING', 'ACTIVE', 'UPDATING', 'DELETING'] as const;

/** Describes a table as DynamoDB does. @returns undefined if the table does not exist */
export const describeTable = async (
  client: DynamoDBClient,
  table: TableName,
): Promise<SdkTable | undefined> => {
  try {
    const found = await tableCall(table, () => client.send(new DescribeTableCommand({ TableName: table })));
    return found.Table;
  } catch (error) {
    if (error instanceof TableNotFound) return undefined;
    throw error;
  }
};

/**
 * Describes tier tables in DynamoDB.
 * @param autoScaling absent on an engine without that service.
 */
export const tableDescriptionsIn = (
  client: DynamoDBClient,
  autoScaling?: ApplicationAutoScalingClient,
): Pick<TableAdmin, 'describe' | 'capacity' | 'integrations'> => {
  const settings = tableSettingsIn(client);
  return {
    async describe(table) {
      const found = await describeTable(client, table);
      if (!found) return undefined;
      try {
        return descriptionOf(found, await settings.of(table, found.TableStatus));
      } catch (error) {
        if (!(error instanceof TableNotFound)) throw error;
        const second = await describeTable(client, table);
        // a new table that not all parts of DynamoDB know yet
        if (second?.TableStatus === found.TableStatus)
          throw new Unavailable(`table ${table} is not fully known yet`, { cause: error });
        return second && descriptionOf(second, await settings.of(table, second.TableStatus));
      }
    },

    async capacity(table) {
      const found = await describeTable(client, table);
      return found && capacityOf(traitsOf(found));
    },

    async integrations(table) {
      const found = await describeTable(client, table);
      const integrations = found && (await integrationsOf(client, table, found.TableArn));
      if (!integrations || !autoScaling) return integrations;
      const indexes = (found.GlobalSecondaryIndexes ?? []).flatMap(({ IndexName }) => IndexName ?? []);
      const scaled = await scaledCapacityOf(autoScaling, table, indexes);
      return scaled.length > 0 ? { ...integrations, autoScaling: scaled } : integrations;
    },
  };
};

const descriptionOf = (
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
  streamView: table.StreamSpecification?.StreamEnabled ? table.StreamSpecification.StreamViewType : undefined,
  ttlAttribute,
  kmsKeyArn: table.SSEDescription?.KMSMasterKeyArn,
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
  return { partitionKey: attributeOf('HASH'), sortKey: attributeOf('RANGE') };
};
