import { expect, test } from 'vitest';
import { tablesIn } from '../../functions/aws/tables.ts';
import { TableLimitExceeded, Throttled, Unavailable } from '../../functions/migration/errors.ts';
import { tableName } from '../../functions/migration/names.ts';
import { parseSettings } from '../../functions/migration/settings.ts';
import { type Plant, plantedClient } from '../support/planted-client.ts';

const table = tableName('a-table');
const { tableDesign } = parseSettings({});
const named = (name: string) => Object.assign(new Error(name), { name });
const tablesOn = (plant: Plant) => {
  const { client, calls } = plantedClient(plant);
  return { tables: tablesIn(client), calls };
};
const isThere = (more: object = {}) => ({ Table: { TableName: table, TableStatus: 'ACTIVE', ...more } });

test('too many tables on their way is an error of its own, to wait on', async () => {
  const { tables } = tablesOn((operation) =>
    named(operation === 'CreateTableCommand' ? 'LimitExceededException' : 'ResourceNotFoundException'),
  );
  await expect(tables.create(table, tableDesign)).rejects.toThrow(TableLimitExceeded);
});

test('a table that somebody else began to create in between is no error', async () => {
  const { tables, calls } = tablesOn((operation) =>
    named(operation === 'CreateTableCommand' ? 'ResourceInUseException' : 'ResourceNotFoundException'),
  );
  await tables.create(table, tableDesign);
  expect(calls).toEqual(['DescribeTableCommand', 'CreateTableCommand']);
});

test('a table that is created gets the tags of the design, and none where there are none', async () => {
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

test('an engine without recovery and backups has them unknown, and configures the rest', async () => {
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

test('a table of which little is told, since it goes, is described all the same', async () => {
  const { tables } = tablesOn((operation) =>
    operation === 'DescribeTableCommand' ? isThere({ TableStatus: 'DELETING' }) : {},
  );
  const found = await tables.describe(table);
  expect(found).toMatchObject({ status: 'DELETING', indexes: [] });
  expect(found).not.toHaveProperty('partitionKey');
});

test('TTL and recovery are turned on once, since an hour must pass between two changes of TTL', async () => {
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
  await tables.configure(table, tableDesign);
  expect(calls.filter((operation) => operation.startsWith('Update'))).toEqual([]);
});

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

test('protection is taken away before the deletion; a table that is being changed is deleted later', async () => {
  const { tables, calls } = tablesOn((operation) =>
    operation === 'DeleteTableCommand'
      ? named('ResourceInUseException')
      : isThere({ DeletionProtectionEnabled: true }),
  );
  await expect(tables.delete(table)).rejects.toThrow(Unavailable);
  expect(calls).toEqual(['DescribeTableCommand', 'UpdateTableCommand', 'DeleteTableCommand']);
});

test('a table that goes is left to go', async () => {
  const { tables, calls } = tablesOn(() => isThere({ TableStatus: 'DELETING' }));
  await tables.delete(table);
  expect(calls).toEqual(['DescribeTableCommand']);
});

test('a throttled call is told as such', async () => {
  const { tables } = tablesOn(() => named('ThrottlingException'));
  for (const call of [
    () => tables.describe(table),
    () => tables.isEmpty(table),
    () => tables.delete(table),
  ]) {
    await expect(call()).rejects.toThrow(Throttled);
  }
});
