import { expect, test } from 'vitest';
import { tablesIn } from '../../functions/aws/tables.ts';
import { Throttled } from '../../functions/migration/errors.ts';
import { tableName } from '../../functions/migration/names.ts';
import { type Plant, plantedClient } from '../support/planted-client.ts';

const table = tableName('a-table');
const ARN = 'arn:aws:dynamodb:eu-west-1:111122223333:table/a-table';
const stream = (name: string) => `arn:aws:kinesis:eu-west-1:111122223333:stream/${name}`;
const named = (name: string) => Object.assign(new Error(name), { name });
const isThere = (more: object = {}) => ({
  Table: { TableName: table, TableArn: ARN, TableStatus: 'ACTIVE', ...more },
});
const tablesOn = (plant: Plant) => tablesIn(plantedClient(plant).client);
/** Expected properties of a table's policy and destinations. */
const integrations = (kinesis: object | Error, policy: object | Error) =>
  tablesOn((operation) => {
    if (operation === 'DescribeKinesisStreamingDestinationCommand') return kinesis;
    return operation === 'GetResourcePolicyCommand' ? policy : isThere();
  }).integrations(table);

test('properties outside the design are read, and a plain on-demand table has none', async () => {
  const describe = (more: object) =>
    tablesOn((operation) => (operation === 'DescribeTableCommand' ? isThere(more) : {})).describe(table);
  expect(
    await describe({
      VectorIndexes: [{ IndexName: 'by-meaning' }],
      Replicas: [{ RegionName: 'eu-west-1' }, { RegionName: 'us-west-2' }],
      GlobalTableVersion: '2017.11.29',
      TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
      GlobalSecondaryIndexes: [
        { IndexName: 'by-name', ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 } },
      ],
      OnDemandThroughput: { MaxReadRequestUnits: -1, MaxWriteRequestUnits: 100 },
      WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000, Status: 'ACTIVE' },
    }),
  ).toMatchObject({
    vectorIndexes: ['by-meaning'],
    replicas: ['eu-west-1', 'us-west-2'],
    isLegacyGlobalTable: true,
    tableClass: 'STANDARD_INFREQUENT_ACCESS',
    provisioned: { read: 5, write: 6 },
    provisionedIndexes: [{ name: 'by-name', read: 3, write: 4 }],
    mostOnDemand: { write: 100 },
    warm: { read: 12_000, write: 4_000 },
  });
  const plain = await describe({
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    GlobalSecondaryIndexes: [
      { IndexName: 'by-name', ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 } },
    ],
    TableClassSummary: { TableClass: 'STANDARD' },
    OnDemandThroughput: { MaxReadRequestUnits: -1, MaxWriteRequestUnits: -1 },
    GlobalTableVersion: '2019.11.21',
  });
  const known = Object.entries(plain ?? {}).filter(([, value]) => value !== undefined);
  expect(known.map(([name]) => name).sort()).toEqual([
    'deletionProtection',
    'hasLocalIndexes',
    'indexes',
    'pointInTimeRecovery',
    'status',
  ]);
});

test('destinations that receive changes are listed, and services that a policy admits', async () => {
  const destinations = ['ACTIVE', 'ENABLING', 'UPDATING', 'DISABLED', 'DISABLING', 'ENABLE_FAILED'];
  const allow = (Principal: unknown) => ({ Effect: 'Allow', Principal, Action: '*', Resource: ARN });
  const policy = {
    Version: '2012-10-17',
    Statement: [
      allow({ Service: 'redshift.amazonaws.com' }),
      allow({ Service: ['glue.amazonaws.com', 'redshift.amazonaws.com'] }),
      allow({ AWS: '111122223333' }),
      allow('*'),
      { Effect: 'Deny', Principal: { Service: 'backup.amazonaws.com' }, Action: '*', Resource: ARN },
    ],
  };
  expect(
    await integrations(
      {
        KinesisDataStreamDestinations: destinations.map((status) => ({
          StreamArn: stream(status),
          DestinationStatus: status,
        })),
      },
      { Policy: JSON.stringify(policy) },
    ),
  ).toEqual({
    kinesisStreams: [stream('ACTIVE'), stream('ENABLING'), stream('UPDATING')],
    policy: { services: ['glue.amazonaws.com', 'redshift.amazonaws.com'] },
  });
});

test('a policy with one statement, and one that cannot be parsed, count as policies', async () => {
  const one = { Statement: { Effect: 'Allow', Principal: { Service: 'glue.amazonaws.com' } } };
  for (const [text, services] of [
    [JSON.stringify(one), ['glue.amazonaws.com']],
    ['{', []],
  ] as const)
    expect(await integrations({}, { Policy: text })).toEqual({ kinesisStreams: [], policy: { services } });
});

test('a table without these features, and an engine without them, have none', async () => {
  const none = { kinesisStreams: [] };
  expect(await integrations({}, named('PolicyNotFoundException'))).toEqual(none);
  const unknown = named('UnknownOperationException');
  expect(await integrations(unknown, unknown)).toEqual(none);
  const bare = tablesOn((operation) => (operation === 'DescribeTableCommand' ? { Table: {} } : {}));
  expect(await bare.integrations(table)).toEqual(none);
});

test('a table that is deleted in between is gone, and a throttled call is reported as throttled', async () => {
  expect(await integrations({}, named('ResourceNotFoundException'))).toBeUndefined();
  await expect(integrations(named('ThrottlingException'), {})).rejects.toThrow(Throttled);
});
