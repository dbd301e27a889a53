import {
  CreateBackupCommand,
  DeleteBackupCommand,
  DeleteTableCommand,
  DescribeBackupCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  GetItemCommand,
  ListBackupsCommand,
  ListTablesCommand,
  QueryCommand,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams';
import { afterEach, describe, expect, test } from 'vitest';
import type { GivenStrictSettings } from '../../scripts/local/strict/strict-settings.ts';
import { until } from '../support/until.ts';
import { createTable, errorOf, type StrictWorld, startStrictDynamoDb } from './strict-world.ts';

let world: StrictWorld;
afterEach(() => world.stop());

const AT_ONCE = {
  tableCreateMs: 0,
  tableDeleteMs: 0,
  tableUpdateMs: 0,
  backupsEnabledMs: 0,
  recoveryVisibleMs: 0,
};
const start = async (settings: GivenStrictSettings['dynamodb'] = {}) => {
  world = await startStrictDynamoDb({ ...AT_ONCE, ...settings });
};
const TableName = 'table';
const described = async (table = TableName) =>
  (await world.client.send(new DescribeTableCommand({ TableName: table }))).Table;
const remove = (table = TableName) => world.client.send(new DeleteTableCommand({ TableName: table }));
const recovery = async () => {
  const { ContinuousBackupsDescription: found } = await world.client.send(
    new DescribeContinuousBackupsCommand({ TableName }),
  );
  return [found?.ContinuousBackupsStatus, found?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus];
};
const turnOnRecovery = (table = TableName) =>
  world.client.send(
    new UpdateContinuousBackupsCommand({
      TableName: table,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
const outcomeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    () => 'refused',
  );
const backUp = (table = TableName) =>
  world.client.send(new CreateBackupCommand({ TableName: table, BackupName: 'final' }));

describe('table changes take time', () => {
  test('a new table is CREATING, has no items yet and refuses changes', async () => {
    await start({ tableCreateMs: 8_000 });
    const { TableDescription: created } = await createTable(world, TableName, { isIndexed: true });
    expect(created).toMatchObject({
      TableStatus: 'CREATING',
      GlobalSecondaryIndexes: [{ IndexName: 'by-kind', IndexStatus: 'CREATING' }],
    });
    expect(await described()).toMatchObject({ TableStatus: 'CREATING' });
    const Key = { tenantId: { S: 'a' }, entityKey: { S: 'b' } };
    const read = () => world.client.send(new GetItemCommand({ TableName, Key }));
    expect(await errorOf(read())).toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found',
      $metadata: { httpStatusCode: 400 },
    });
    const inUse = {
      name: 'ResourceInUseException',
      message: 'Attempt to change a resource which is still in use: Table is being created: table',
    };
    expect(await errorOf(remove())).toMatchObject(inUse);
    const update = new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true });
    expect(await errorOf(world.client.send(update))).toMatchObject(inUse);
    const Tags = [{ Key: 'tier', Value: 'basic' }];
    const tagging = new TagResourceCommand({ ResourceArn: created?.TableArn, Tags });
    expect(await errorOf(world.client.send(tagging))).toMatchObject(inUse);
    expect(await errorOf(createTable(world, TableName))).toMatchObject({
      name: 'ResourceInUseException',
      message: 'Table already exists: table',
    });
    world.pass(8_000);
    expect(await described()).toMatchObject({
      TableStatus: 'ACTIVE',
      GlobalSecondaryIndexes: [{ IndexStatus: 'ACTIVE' }],
    });
    expect((await read()).Item).toBeUndefined();
  });

  test('a deleted table is DELETING and listed until it is gone', async () => {
    await start({ tableDeleteMs: 5_000 });
    await createTable(world, 'another');
    await createTable(world, TableName);
    expect((await remove()).TableDescription?.TableStatus).toBe('DELETING');
    expect(await described()).toMatchObject({ TableName, TableStatus: 'DELETING' });
    expect((await remove()).TableDescription?.TableStatus).toBe('DELETING');
    expect((await errorOf(createTable(world, TableName))).name).toBe('ResourceInUseException');
    const names = async () => (await world.client.send(new ListTablesCommand({}))).TableNames;
    expect(await names()).toEqual(['another', TableName]);
    world.pass(5_000);
    expect(await names()).toEqual(['another']);
    expect((await errorOf(described())).name).toBe('ResourceNotFoundException');
  });

  test('a new index is CREATING while its table is UPDATING and then while it is filled, and cannot be read', async () => {
    await start({ tableUpdateMs: 5_000, indexBackfillMs: 60_000 });
    await createTable(world, TableName);
    const update = new UpdateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'kind', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: 'by-kind',
            KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        },
      ],
    });
    await world.client.send(update);
    const index = (state: object) => ({ IndexName: 'by-kind', ...state });
    expect(await described()).toMatchObject({
      TableStatus: 'UPDATING',
      GlobalSecondaryIndexes: [index({ IndexStatus: 'CREATING', Backfilling: false })],
    });
    expect((await errorOf(remove())).name).toBe('ResourceInUseException');
    world.pass(5_000);
    expect(await described()).toMatchObject({
      TableStatus: 'ACTIVE',
      GlobalSecondaryIndexes: [index({ IndexStatus: 'CREATING', Backfilling: true })],
    });
    const query = new QueryCommand({
      TableName,
      IndexName: 'by-kind',
      KeyConditionExpression: 'kind = :kind',
      ExpressionAttributeValues: { ':kind': { S: 'k' } },
    });
    expect(await errorOf(world.client.send(query))).toMatchObject({
      name: 'ValidationException',
      message: 'Cannot read from backfilling global secondary index: by-kind',
    });
    world.pass(60_000);
    // the engine fills it as well
    await until(
      'the engine to have filled its index',
      async () => (await outcomeOf(world.client.send(query))) === 'done',
    );
  });
});

describe('recovery and backups take time', () => {
  test('recovery is refused right after creation, then reads as off for a while', async () => {
    await start({ backupsEnabledMs: 15_000, recoveryVisibleMs: 10_000 });
    await createTable(world, TableName);
    const unavailable = {
      name: 'ContinuousBackupsUnavailableException',
      message: 'Backups are being enabled for the table: table. Please retry later',
    };
    expect(await errorOf(turnOnRecovery())).toMatchObject(unavailable);
    expect(await errorOf(backUp())).toMatchObject(unavailable);
    expect(await recovery()).toEqual(['ENABLED', 'DISABLED']);
    world.pass(15_000);
    await turnOnRecovery();
    expect(await recovery()).toEqual(['ENABLED', 'DISABLED']);
    world.pass(5_000);
    expect(await recovery()).toEqual(['ENABLED', 'ENABLING']);
    // requested again, it does not start again
    await turnOnRecovery();
    world.pass(5_000);
    expect(await recovery()).toEqual(['ENABLED', 'ENABLED']);
  });

  test('a backup is CREATING for a while, and refuses a second one and the deletion of its table', async () => {
    await start({ backupMs: 30_000 });
    await createTable(world, TableName);
    const { BackupDetails } = await backUp();
    expect(BackupDetails).toMatchObject({
      BackupArn: expect.stringContaining(':table/table/backup/'),
      BackupName: 'final',
      BackupStatus: 'CREATING',
      BackupType: 'USER',
      BackupCreationDateTime: expect.any(Date),
    });
    const BackupArn = BackupDetails?.BackupArn ?? '';
    expect((await errorOf(backUp())).name).toBe('BackupInUseException');
    const removal = new DeleteBackupCommand({ BackupArn });
    expect((await errorOf(world.client.send(removal))).name).toBe('BackupInUseException');
    expect(await errorOf(remove())).toMatchObject({
      name: 'ResourceInUseException',
      message: 'Attempt to change a resource which is still in use: Table is being backed up: table',
    });
    world.pass(30_000);
    await remove();
    const { BackupDescription } = await world.client.send(new DescribeBackupCommand({ BackupArn }));
    expect(BackupDescription).toMatchObject({
      BackupDetails: { BackupStatus: 'AVAILABLE' },
      SourceTableDetails: { TableName },
    });
    const list = async () => (await world.client.send(new ListBackupsCommand({ TableName }))).BackupSummaries;
    expect(await list()).toMatchObject([{ TableName, BackupArn, BackupStatus: 'AVAILABLE' }]);
    await world.client.send(removal);
    expect(await list()).toEqual([]);
    expect((await errorOf(world.client.send(removal))).name).toBe('BackupNotFoundException');
  });

  test('the backup operations return an error of their own for a missing table', async () => {
    await start();
    const describe = new DescribeContinuousBackupsCommand({ TableName });
    for (const call of [backUp, turnOnRecovery, () => world.client.send(describe)])
      expect(await errorOf(call())).toMatchObject({
        name: 'TableNotFoundException',
        message: 'Table not found: table',
      });
    expect((await errorOf(remove())).name).toBe('ResourceNotFoundException');
  });

  test('backups of a table are gone before the table is', async () => {
    await start({ tableDeleteMs: 5_000 });
    await createTable(world, TableName);
    await remove();
    expect((await described())?.TableStatus).toBe('DELETING');
    const describe = new DescribeContinuousBackupsCommand({ TableName });
    for (const call of [turnOnRecovery, () => world.client.send(describe)])
      expect((await errorOf(call())).name).toBe('TableNotFoundException');
  });

  test('a table that is CREATING cannot be backed up', async () => {
    await start({ tableCreateMs: 8_000 });
    await createTable(world, TableName);
    expect((await errorOf(backUp())).name).toBe('TableInUseException');
  });
});

describe('the control plane has limits', () => {
  test('few tables change at the same time', async () => {
    await start({ tableCreateMs: 8_000, tablesAtOnce: 2 });
    await createTable(world, 'one');
    await createTable(world, 'two');
    expect((await errorOf(createTable(world, 'three'))).name).toBe('LimitExceededException');
    world.pass(8_000);
    await createTable(world, 'three');
  });

  test('fewer tables with indexes are created at the same time, also by concurrent calls', async () => {
    await start({ tableCreateMs: 8_000, indexedTablesAtOnce: 1 });
    const both = await Promise.allSettled(
      ['one', 'two'].map((table) => createTable(world, table, { isIndexed: true })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await createTable(world, 'three');
    world.pass(8_000);
    await createTable(world, 'four', { isIndexed: true });
  });

  test('calls of the control plane are throttled by rate', async () => {
    await start({ callsPerSecond: { DescribeContinuousBackups: 2 } });
    await createTable(world, TableName);
    await recovery();
    await recovery();
    expect(await errorOf(recovery())).toMatchObject({
      name: 'ThrottlingException',
      message: 'Rate exceeded',
    });
    await described();
    world.pass(500);
    await recovery();
  });
});

test('calls of DynamoDB Streams pass through', async () => {
  await start();
  await createTable(world, TableName, {
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  });
  const streams = new DynamoDBStreamsClient(world.config);
  const { Streams } = await streams.send(new ListStreamsCommand({ TableName }));
  streams.destroy();
  expect(Streams).toMatchObject([{ TableName }]);
});
