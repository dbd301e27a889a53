import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import type { TableName } from '../migration/names.ts';
import { type Keys, keyAttributes, type TableDesign, tierTableKeys } from '../migration/settings/settings.ts';
import { nameOf } from './errors.ts';
import { tableCall } from './table-calls.ts';
import { describeTable } from './table-descriptions.ts';

/** Starts creating a tier table, unless it exists. */
export const createTable = async (
  client: DynamoDBClient,
  table: TableName,
  design: TableDesign,
): Promise<void> => {
  if (await describeTable(client, table)) return;
  await tableCall(table, async () => {
    try {
      await client.send(new CreateTableCommand(createTableInput(table, design)));
    } catch (error) {
      // another process was faster, or the table is being deleted; a later step checks it
      if (nameOf(error) !== 'ResourceInUseException') throw error;
    }
  });
};

const createTableInput = (table: TableName, design: TableDesign): CreateTableCommandInput => {
  const tableKeys = tierTableKeys(design);
  const keys = [tableKeys, ...design.indexes].flatMap(keyAttributes);
  const types = new Map(keys.map(({ name, type }) => [name, type]));
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    KeySchema: keySchema(tableKeys),
    // an empty list is refused
    GlobalSecondaryIndexes:
      design.indexes.length > 0
        ? design.indexes.map((index) => ({
            IndexName: index.name,
            KeySchema: keySchema(index),
            Projection: { ProjectionType: index.projection },
          }))
        : undefined,
    StreamSpecification: { StreamEnabled: true, StreamViewType: design.streamView },
    SSESpecification:
      design.kmsKeyArn === undefined
        ? undefined
        : { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: design.kmsKeyArn },
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
