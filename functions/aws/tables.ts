import {
  CreateBackupCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ScanCommand,
  type ScanCommandInput,
  type TableDescription as SdkTable,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { TableLimitExceeded, TableNotFound, Unavailable } from '../migration/errors.ts';
import type { TableName } from '../migration/names.ts';
import type { TableAdmin, TableDescription } from '../migration/ports.ts';
import {
  type KeyAttribute,
  type Keys,
  keyAttributes,
  type TableDesign,
  TIER_TABLE_KEYS,
} from '../migration/settings.ts';
import { SENTINEL_ATTRIBUTE, SENTINEL_VALUE, SENTINEL_WORD } from '../router/sentinel.ts';
import { nameOf, translate } from './errors.ts';
import { integrationsOf } from './table-integrations.ts';
import { traitsOf } from './table-traits.ts';

const STATUSES = ['CREATING', 'ACTIVE', 'UPDATING', 'DELETING'] as const;

/** Tier tables in DynamoDB. */
export const tablesIn = (client: DynamoDBClient): TableAdmin => {
  const call = async <T>(table: TableName, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      throw nameOf(error) === 'LimitExceededException'
        ? new TableLimitExceeded(`table ${table}: ${messageOf(error)}`, { cause: error })
        : nameOf(error) === 'ResourceInUseException'
          ? new Unavailable(`table ${table} is being changed`, { cause: error })
          : translate(error, { table });
    }
  };
  /** @returns undefined where the engine has no such operation: DynamoDB Local has no backups of any kind. */
  const orUnknown = async <T>(table: TableName, send: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await call(table, send);
    } catch (error) {
      if (nameOf(error) === 'UnknownOperationException') return undefined;
      throw error;
    }
  };
  const raw = async (table: TableName): Promise<SdkTable | undefined> => {
    try {
      const found = await call(table, () => client.send(new DescribeTableCommand({ TableName: table })));
      return found.Table;
    } catch (error) {
      if (error instanceof TableNotFound) return undefined;
      throw error;
    }
  };
  const ttlOf = async (table: TableName): Promise<string | undefined> => {
    const { TimeToLiveDescription: ttl } =
      (await orUnknown(table, () => client.send(new DescribeTimeToLiveCommand({ TableName: table })))) ?? {};
    return ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING'
      ? ttl.AttributeName
      : undefined;
  };
  const recoveryOf = async (table: TableName): Promise<boolean | 'unknown'> => {
    const found = await orUnknown(table, () =>
      client.send(new DescribeContinuousBackupsCommand({ TableName: table })),
    );
    const recovery = found?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    return found ? recovery?.PointInTimeRecoveryStatus === 'ENABLED' : 'unknown';
  };

  return {
    async describe(table) {
      const found = await raw(table);
      if (!found) return undefined;
      try {
        return describe(found, await ttlOf(table), await recoveryOf(table));
      } catch (error) {
        // it went in between
        if (error instanceof TableNotFound) return undefined;
        throw error;
      }
    },

    async integrations(table) {
      const found = await raw(table);
      return found && integrationsOf(client, table, found.TableArn);
    },

    async create(table, design) {
      if (await raw(table)) return;
      await call(table, async () => {
        try {
          await client.send(new CreateTableCommand(creation(table, design)));
        } catch (error) {
          // somebody else was faster, or it is going: what it is by then is checked later
          if (nameOf(error) !== 'ResourceInUseException') throw error;
        }
      });
    },

    async configure(table, { ttlAttribute, pointInTimeRecovery }) {
      if (ttlAttribute !== undefined && (await ttlOf(table)) !== ttlAttribute) {
        try {
          await orUnknown(table, () =>
            client.send(
              new UpdateTimeToLiveCommand({
                TableName: table,
                TimeToLiveSpecification: { AttributeName: ttlAttribute, Enabled: true },
              }),
            ),
          );
        } catch (error) {
          // several migrations may wait for one new table; turning on what is on is an error. [API_UpdateTimeToLive]
          if ((await ttlOf(table)) !== ttlAttribute) throw error;
        }
      }
      if (pointInTimeRecovery && (await recoveryOf(table)) === false) {
        await orUnknown(table, () =>
          client.send(
            new UpdateContinuousBackupsCommand({
              TableName: table,
              PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            }),
          ),
        );
      }
    },

    async backUp(table, name) {
      const done = await orUnknown(table, () =>
        client.send(new CreateBackupCommand({ TableName: table, BackupName: name })),
      );
      return done?.BackupDetails?.BackupArn;
    },

    async delete(table) {
      const found = await raw(table);
      if (!found || found.TableStatus === 'DELETING') return;
      if (found.DeletionProtectionEnabled) {
        await call(table, () =>
          client.send(new UpdateTableCommand({ TableName: table, DeletionProtectionEnabled: false })),
        );
      }
      try {
        await call(table, () => client.send(new DeleteTableCommand({ TableName: table })));
      } catch (error) {
        if (!(error instanceof TableNotFound)) throw error;
      }
    },

    async isEmpty(table) {
      let ExclusiveStartKey: ScanCommandInput['ExclusiveStartKey'];
      do {
        const page = await call(table, () =>
          client.send(new ScanCommand({ TableName: table, ...ITEMS_BUT_SENTINELS, ExclusiveStartKey })),
        );
        if (page.Count !== 0) return false;
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return true;
    },
  };
};

/** A few at a time, as a count: an item of a tenant ends the look, and is not read. */
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
  ttlAttribute: string | undefined,
  pointInTimeRecovery: boolean | 'unknown',
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

/** An attribute's type is said once for the table and all its indexes. [API_CreateTable, AttributeDefinitions] */
const keysOf = ({
  KeySchema = [],
  AttributeDefinitions = [],
}: Pick<SdkTable, 'KeySchema' | 'AttributeDefinitions'>): Partial<Keys> => {
  const of = (keyType: KeySchemaElement['KeyType']): KeyAttribute | undefined => {
    const name = KeySchema.find((key) => key.KeyType === keyType)?.AttributeName;
    const type = AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
    return name !== undefined && type !== undefined ? { name, type } : undefined;
  };
  const [partitionKey, sortKey] = [of('HASH'), of('RANGE')];
  return { ...(partitionKey ? { partitionKey } : {}), ...(sortKey ? { sortKey } : {}) };
};

const creation = (table: TableName, design: TableDesign): CreateTableCommandInput => {
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

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
