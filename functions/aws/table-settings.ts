import {
  DescribeContinuousBackupsCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { TableInUse } from '../migration/errors.ts';
import type { TableName } from '../migration/names.ts';
import type { TableAdmin, TableDescription } from '../migration/provision/tables-port.ts';
import { orUnknownOutcome } from './table-calls.ts';

/** Settings that CreateTable cannot set and DescribeTable does not show. */
export type TableSettings = Pick<TableDescription, 'pointInTimeRecovery'> & {
  readonly ttlAttribute: string | undefined;
};

/** Reads and changes TTL and recovery of tier tables in DynamoDB. */
export const tableSettingsIn = (
  client: DynamoDBClient,
): Pick<TableAdmin, 'configure'> & {
  /** Reads the settings. @param status status of the table: while it is being created or deleted, DynamoDB may know neither */
  of(table: TableName, status: string | undefined): Promise<TableSettings>;
} => {
  const ttlOf = async (table: TableName): Promise<string | undefined> => {
    const { TimeToLiveDescription: ttl } =
      (await orUnknownOutcome(table, () =>
        client.send(new DescribeTimeToLiveCommand({ TableName: table })),
      )) ?? {};
    return ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING'
      ? ttl.AttributeName
      : undefined;
  };
  const recoveryOf = async (table: TableName): Promise<TableDescription['pointInTimeRecovery']> => {
    const found = await orUnknownOutcome(table, () =>
      client.send(new DescribeContinuousBackupsCommand({ TableName: table })),
    );
    if (!found) return 'unknown';
    const status: string | undefined =
      found.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
    // the SDK's model lacks ENABLING, which its text mentions [API reference, PointInTimeRecoveryDescription]
    return status === 'ENABLING' ? 'enabling' : status === 'ENABLED';
  };
  const enableTtl = async (table: TableName, ttlAttribute: string): Promise<void> => {
    try {
      await orUnknownOutcome(table, () =>
        client.send(
          new UpdateTimeToLiveCommand({
            TableName: table,
            TimeToLiveSpecification: { AttributeName: ttlAttribute, Enabled: true },
          }),
        ),
      );
    } catch (error) {
      // several migrations may wait for one new table, and enabling TTL twice is an error [API_UpdateTimeToLive]
      if ((await ttlOf(table)) !== ttlAttribute) throw error;
    }
  };
  const enablePointInTimeRecovery = async (table: TableName): Promise<boolean> => {
    try {
      await orUnknownOutcome(table, () =>
        client.send(
          new UpdateContinuousBackupsCommand({
            TableName: table,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ),
      );
      return true;
    } catch (error) {
      // ContinuousBackupsUnavailableException for the first seconds [API reference, UpdateContinuousBackups]
      if (error instanceof TableInUse) return false;
      throw error;
    }
  };
  return {
    async of(table, status) {
      return status === 'ACTIVE' || status === 'UPDATING'
        ? { ttlAttribute: await ttlOf(table), pointInTimeRecovery: await recoveryOf(table) }
        : { ttlAttribute: undefined, pointInTimeRecovery: 'unknown' };
    },

    async configure(table, { ttlAttribute, pointInTimeRecovery }) {
      if (ttlAttribute !== undefined && (await ttlOf(table)) !== ttlAttribute)
        await enableTtl(table, ttlAttribute);
      return pointInTimeRecovery && (await recoveryOf(table)) === false
        ? enablePointInTimeRecovery(table)
        : true;
    },
  };
};
