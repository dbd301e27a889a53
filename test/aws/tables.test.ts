import { expect, test } from 'vitest';
import { tablesIn } from '../../functions/aws/tables.ts';
import { TableInUse, TableLimitExceeded, Throttled, Unavailable } from '../../functions/migration/errors.ts';
import { tableName } from '../../functions/migration/names.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { type Plant, plantedClient } from '../support/planted-client.ts';

const table = tableName('a-table');
const { tableDesign } = parseSettings({});
const named = (name: string) => Object.assign(new Error(name), { name });
const tablesOn = (plant: Plant) => {
  const { client, calls } = plantedClient(plant);
  return { tables: tablesIn(client), calls };
};
const isThere = (more: object = {}) => ({ Table: { TableName: table, TableStatus: 'ACTIVE', ...more } });

test('too many tables being created is an error of its own, to be retried', async () => {
  const { tables } = tablesOn((operation) =>
    named(operation === 'CreateTableCommand' ? 'LimitExceededException' : 'ResourceNotFoundException'),
  );
  await expect(tables.create(table, tableDesign)).rejects.toThrow(TableLimitExceeded);
});

test('a table that another process started to create in between is not an error', async () => {
  const { tables, calls } = tablesOn((operation) =>
    named(operation === 'CreateTableCommand' ? 'ResourceInUseException' : 'ResourceNotFoundException'),
  );
  await tables.create(table, tableDesign);
  expect(calls).toEqual(['DescribeTableCommand', 'CreateTableCommand']);
});

test('a new table gets the tags of the design, and no tags if there are none', async () => {
  const inputs: object[] = [];
  const { tables } = tablesOn((operation, _, input) => {
    if (operation === 'CreateTableCommand') inputs.push(input);
    return operation === 'CreateTableCommand' ? {} : named('ResourceNotFoundException');
  });
  await tables.create(table, { ...tableDesign, tags: { 'cost-centre': 'records', team: 'data' } });
  await tables.create(table, tableDesign);
  expect(inputs[0]).toMatchObject({
    Tags: [
      { Key: 'cost-centre', Value: 'records' },
      { Key: 'team', Value: 'data' },
    ],
  });
  expect(inputs[1]).not.toHaveProperty('Tags');
});

test('a table that the service failed to create is an error, and is not waited for', async () => {
  const { tables } = tablesOn((operation) =>
    named(operation === 'CreateTableCommand' ? 'InternalServerError' : 'ResourceNotFoundException'),
  );
  await expect(tables.create(table, tableDesign)).rejects.toThrow(Unavailable);
});

test('an engine without recovery and backups reports them as unknown, and configures the rest', async () => {
  const { tables, calls } = tablesOn((operation) => {
    if (/Backup/.test(operation)) return named('UnknownOperationException');
    return operation === 'DescribeTableCommand' ? isThere() : {};
  });
  expect(await tables.describe(table)).toMatchObject({ pointInTimeRecovery: 'unknown' });
  await tables.configure(table, tableDesign);
  expect(calls).toContain('UpdateTimeToLiveCommand');
  expect(calls).not.toContain('UpdateContinuousBackupsCommand');
  expect(await tables.backUp(table, 'last')).toBeUndefined();
});

test('a table that is being deleted is described as far as possible', async () => {
  const { tables } = tablesOn((operation) =>
    operation === 'DescribeTableCommand' ? isThere({ TableStatus: 'DELETING' }) : {},
  );
  const found = await tables.describe(table);
  expect(found).toMatchObject({ status: 'DELETING', indexes: [] });
  expect(found?.partitionKey).toBeUndefined();
});

test('TTL and recovery are turned on once, because TTL can be changed once an hour', async () => {
  const { tables, calls } = tablesOn((operation) => {
    switch (operation) {
      case 'DescribeTimeToLiveCommand':
        return {
          TimeToLiveDescription: { TimeToLiveStatus: 'ENABLING', AttributeName: tableDesign.ttlAttribute },
        };
      case 'DescribeContinuousBackupsCommand':
        return {
          ContinuousBackupsDescription: {
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
          },
        };
      default:
        return isThere();
    }
  });
  expect(await tables.configure(table, tableDesign)).toBe(true);
  expect(calls.filter((operation) => operation.startsWith('Update'))).toEqual([]);
});

const recovery = (status: string) => ({
  ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: status } },
});

test('recovery that a new table does not accept yet is not an error and is requested again', async () => {
  let isAvailable = false;
  const { tables } = tablesOn((operation) => {
    if (operation === 'DescribeContinuousBackupsCommand') return recovery('DISABLED');
    if (operation === 'UpdateContinuousBackupsCommand' && !isAvailable)
      return named('ContinuousBackupsUnavailableException');
    return isThere();
  });
  expect(await tables.configure(table, tableDesign)).toBe(false);
  isAvailable = true;
  expect(await tables.configure(table, tableDesign)).toBe(true);
});

test.each([
  ['ENABLING', 'enabling'],
  ['ENABLED', true],
  ['DISABLED', false],
])('recovery that is %s is read as %s', async (status, read) => {
  const { tables } = tablesOn((operation) =>
    operation === 'DescribeContinuousBackupsCommand' ? recovery(status) : isThere(),
  );
  expect(await tables.describe(table)).toMatchObject({ pointInTimeRecovery: read });
});

test.each(['CREATING', 'DELETING'])(
  'for a table that is %s, TTL and recovery are not requested',
  async (status) => {
    const { tables, calls } = tablesOn((operation) =>
      operation === 'DescribeTableCommand'
        ? isThere({ TableStatus: status })
        : named('TableNotFoundException'),
    );
    expect(await tables.describe(table)).toMatchObject({ status, pointInTimeRecovery: 'unknown' });
    expect(calls).toEqual(['DescribeTableCommand']);
  },
);

test('a table unknown to the backup service is gone if DescribeTable agrees, and is retried otherwise', async () => {
  const lookup = (...statuses: (string | undefined)[]) => {
    const left = [...statuses];
    return tablesOn((operation) => {
      if (operation === 'DescribeContinuousBackupsCommand') return named('TableNotFoundException');
      if (operation !== 'DescribeTableCommand') return {};
      const TableStatus = left.shift();
      return TableStatus === undefined ? named('ResourceNotFoundException') : isThere({ TableStatus });
    }).tables.describe(table);
  };
  expect(await lookup('ACTIVE', undefined)).toBeUndefined();
  expect(await lookup('ACTIVE', 'DELETING')).toMatchObject({ status: 'DELETING' });
  await expect(lookup('ACTIVE', 'ACTIVE')).rejects.toThrow(Unavailable);
});

test('a backup is made once: the next run finds it by its name on any page', async () => {
  const made: string[] = [];
  const { tables } = tablesOn((operation, _, input) => {
    if (operation === 'CreateBackupCommand') {
      made.push('BackupName' in input ? String(input.BackupName) : '');
      return { BackupDetails: { BackupArn: 'arn:new' } };
    }
    if ('ExclusiveStartBackupArn' in input && input.ExclusiveStartBackupArn === 'arn:other')
      return { BackupSummaries: made.map((BackupName) => ({ BackupName, BackupArn: 'arn:found' })) };
    const other = { BackupName: 'nightly', BackupArn: 'arn:other', BackupStatus: 'AVAILABLE' };
    const deleted = { BackupName: 'last', BackupArn: 'arn:deleted', BackupStatus: 'DELETED' };
    return { BackupSummaries: [other, deleted], LastEvaluatedBackupArn: 'arn:other' };
  });
  expect(await tables.backUp(table, 'last')).toBe('arn:new');
  expect(await tables.backUp(table, 'last')).toBe('arn:found');
  expect(made).toEqual(['last']);
});

test.each([
  [{ BackupDescription: { BackupDetails: { BackupStatus: 'CREATING' } } }, 'creating'],
  [{ BackupDescription: { BackupDetails: { BackupStatus: 'AVAILABLE' } } }, 'available'],
  [{ BackupDescription: { BackupDetails: { BackupStatus: 'DELETED' } } }, 'gone'],
  [named('BackupNotFoundException'), 'gone'],
])('a backup for which DynamoDB answers %o is %s', async (answer, state) => {
  const { tables } = tablesOn(() => answer);
  expect(await tables.backup('arn:last')).toBe(state);
});

test.each(['BackupInUseException', 'TableInUseException', 'ContinuousBackupsUnavailableException'])(
  'a backup that is refused with %s is retried later',
  async (name) => {
    const { tables } = tablesOn((operation) => (operation === 'CreateBackupCommand' ? named(name) : {}));
    await expect(tables.backUp(table, 'last')).rejects.toThrow(TableInUse);
  },
);

test('recovery that is off is turned on', async () => {
  const { tables, calls } = tablesOn((operation) =>
    operation === 'DescribeContinuousBackupsCommand'
      ? {
          ContinuousBackupsDescription: {
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
          },
        }
      : isThere(),
  );
  await tables.configure(table, tableDesign);
  expect(calls).toContain('UpdateContinuousBackupsCommand');
});

test('protection is removed before the deletion; a table that is being changed is deleted later', async () => {
  const { tables, calls } = tablesOn((operation) =>
    operation === 'DeleteTableCommand'
      ? named('ResourceInUseException')
      : isThere({ DeletionProtectionEnabled: true }),
  );
  await expect(tables.delete(table)).rejects.toThrow(TableInUse);
  expect(calls).toEqual(['DescribeTableCommand', 'UpdateTableCommand', 'DeleteTableCommand']);
});

test('a table that is being deleted needs no call', async () => {
  const { tables, calls } = tablesOn(() => isThere({ TableStatus: 'DELETING' }));
  await tables.delete(table);
  expect(calls).toEqual(['DescribeTableCommand']);
});

test('a throttled call is reported as throttled', async () => {
  const { tables } = tablesOn(() => named('ThrottlingException'));
  for (const call of [
    () => tables.describe(table),
    () => tables.isEmpty(table),
    () => tables.delete(table),
  ]) {
    await expect(call()).rejects.toThrow(Throttled);
  }
});
