import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, expect, test } from 'vitest';
import type { GivenStrictSettings } from '../../scripts/local/strict/strict-settings.ts';
import { createTable, errorOf, type StrictWorld, startStrictDynamoDb } from './strict-world.ts';

let world: StrictWorld;
afterEach(() => world.stop());

const start = async (
  settings: GivenStrictSettings['dynamodb'],
  options: Parameters<typeof createTable>[2] = {},
) => {
  world = await startStrictDynamoDb({ tableCreateMs: 0, ...settings });
  await createTable(world, TableName, options);
};
const TableName = 'table';
const keyOf = (tenantId: string, entityKey: string) => ({
  tenantId: { S: tenantId },
  entityKey: { S: entityKey },
});
const itemOf = (tenantId: string, entityKey: string, more: Record<string, AttributeValue> = {}) => ({
  ...keyOf(tenantId, entityKey),
  ...more,
});
/** A value that makes an item take this many write units. */
const large = (units: number) => ({ text: { S: 'x'.repeat(units * 1_024 - 100) } });
const put = (item: Record<string, AttributeValue>) =>
  world.client.send(new PutItemCommand({ TableName, Item: item }));
const removeIfAsked = (Key: Record<string, AttributeValue>) =>
  world.client.send(
    new DeleteItemCommand({
      TableName,
      Key,
      ConditionExpression: 'attribute_exists(noSuchAttribute)',
    }),
  );
/** Engines differ in Region and account. */
const ARN = expect.stringMatching(/:table\/table$/);
const throttledBy = (reason: string, resource: string = ARN) => ({
  name: 'ThrottlingException',
  throttlingReasons: [{ reason, resource }],
  $metadata: { httpStatusCode: 400 },
});
const TABLE_WRITE = 'TableWriteKeyRangeThroughputExceeded';
const TABLE_READ = 'TableReadKeyRangeThroughputExceeded';

test('writes of one tenant are throttled until its partition has units again, and those of another are not', async () => {
  await start({ partitionWriteUnits: 10 });
  await put(itemOf('a', '1', large(25)));
  expect(await errorOf(put(itemOf('a', '2')))).toMatchObject(throttledBy(TABLE_WRITE));
  await put(itemOf('b', '1'));
  // 15 units are owed
  world.pass(1_400);
  expect((await errorOf(put(itemOf('a', '2')))).name).toBe('ThrottlingException');
  world.pass(200);
  await put(itemOf('a', '2'));
});

test('a table with provisioned capacity returns the error of that mode', async () => {
  const ProvisionedThroughput = { ReadCapacityUnits: 100, WriteCapacityUnits: 100 };
  await start({ partitionWriteUnits: 1 }, { BillingMode: 'PROVISIONED', ProvisionedThroughput });
  await put(itemOf('a', '1'));
  expect(await errorOf(put(itemOf('a', '2')))).toMatchObject({
    name: 'ProvisionedThroughputExceededException',
    ThrottlingReasons: [{ reason: TABLE_WRITE, resource: ARN }],
  });
});

test('a deletion takes the units of its item, even if its condition fails', async () => {
  await start({ partitionWriteUnits: 10 });
  await put(itemOf('a', '1', large(10)));
  world.pass(1_000);
  expect((await errorOf(removeIfAsked(keyOf('a', '1')))).name).toBe('ConditionalCheckFailedException');
  expect((await errorOf(put(itemOf('a', '2')))).name).toBe('ThrottlingException');
});

test('a failed condition takes the units of the existing item, not of the new one', async () => {
  await start({ partitionWriteUnits: 10 }, { isIndexed: true });
  const failing = new PutItemCommand({
    TableName,
    Item: itemOf('a', '1', { kind: { S: 'k' }, ...large(20) }),
    ConditionExpression: 'attribute_exists(noSuchAttribute)',
  });
  for (let n = 0; n < 3; n += 1)
    expect((await errorOf(world.client.send(failing))).name).toBe('ConditionalCheckFailedException');
});

test('an update takes the units of the resulting item, and returns the units only on request', async () => {
  await start({ partitionWriteUnits: 10 });
  const update = new UpdateItemCommand({
    TableName,
    Key: keyOf('a', '1'),
    UpdateExpression: 'SET #text = :text',
    ExpressionAttributeNames: { '#text': 'text' },
    ExpressionAttributeValues: { ':text': large(20).text },
  });
  expect((await world.client.send(update)).ConsumedCapacity).toBeUndefined();
  world.pass(900);
  expect((await errorOf(put(itemOf('a', '2')))).name).toBe('ThrottlingException');
});

test('a batch returns the writes without units, and throws if it makes none', async () => {
  await start({ partitionWriteUnits: 5 });
  const batch = new BatchWriteItemCommand({
    RequestItems: {
      [TableName]: ['1', '2', '3', '4', '5'].map((key) => ({
        PutRequest: { Item: itemOf('a', key, large(2)) },
      })),
    },
    ReturnConsumedCapacity: 'TOTAL',
  });
  const { UnprocessedItems, ConsumedCapacity } = await world.client.send(batch);
  // the third one overdraws
  expect(UnprocessedItems?.[TableName]?.map(({ PutRequest }) => PutRequest?.Item?.entityKey?.S)).toEqual([
    '4',
    '5',
  ]);
  expect(ConsumedCapacity).toMatchObject([{ TableName, CapacityUnits: 6 }]);
  expect(await errorOf(world.client.send(batch))).toMatchObject(throttledBy(TABLE_WRITE));
});

test("an index whose partition has no units throttles the table's writes", async () => {
  await start({ partitionWriteUnits: 10 }, { isIndexed: true });
  const kind = { kind: { S: 'k' } };
  await put(itemOf('a', '1', { ...kind, ...large(10) }));
  await put(itemOf('b', '1'));
  expect(await errorOf(put(itemOf('b', '2', kind)))).toMatchObject(
    throttledBy(
      'IndexWriteKeyRangeThroughputExceeded',
      expect.stringMatching(/:table\/table\/index\/by-kind$/),
    ),
  );
  await put(itemOf('b', '2', { kind: { S: 'another' } }));
});

test('a query takes units for all that it reads, also as a count, and half if eventually consistent', async () => {
  await start({ partitionReadUnits: 10 });
  for (const key of ['1', '2']) await put(itemOf('a', key, large(40)));
  const query = (changes: Partial<QueryCommandInput> = {}) =>
    world.client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: '#tenant = :tenant',
        ExpressionAttributeNames: { '#tenant': 'tenantId' },
        ExpressionAttributeValues: { ':tenant': { S: 'a' } },
        Select: 'COUNT',
        ...changes,
      }),
    );
  // 10 of 20 units
  expect(await query()).toMatchObject({ Count: 2 });
  expect(await errorOf(query())).toMatchObject(throttledBy(TABLE_READ));
  world.pass(1_000);
  const { ConsumedCapacity } = await query({ ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL' });
  expect(ConsumedCapacity).toEqual({ TableName, CapacityUnits: 20 });
  world.pass(900);
  expect((await errorOf(query())).name).toBe('ThrottlingException');
  const read = new GetItemCommand({ TableName, Key: keyOf('a', '1') });
  expect(await errorOf(world.client.send(read))).toMatchObject(throttledBy(TABLE_READ));
});

test('writes take no read units, although the layer reads the items that they replace', async () => {
  await start({ partitionReadUnits: 1 });
  const item = itemOf('a', '1', large(8));
  await put(item);
  await put(item);
  await world.client.send(
    new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: item } }] } }),
  );
  await world.client.send(
    new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: item } }] }),
  );
  await world.client.send(new GetItemCommand({ TableName, Key: keyOf('a', '1'), ConsistentRead: true }));
});

test('a batch returns the keys without units, and throws if it reads none', async () => {
  await start({ partitionReadUnits: 1 });
  for (const tenant of ['a', 'b']) await put(itemOf(tenant, '1', large(8)));
  await world.client.send(new GetItemCommand({ TableName, Key: keyOf('a', '1'), ConsistentRead: true }));
  const Keys = [keyOf('a', '1'), keyOf('b', '1')];
  const batch = new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } });
  const { Responses, UnprocessedKeys } = await world.client.send(batch);
  expect(Responses?.[TableName]?.map(({ tenantId }) => tenantId?.S)).toEqual(['b']);
  expect(UnprocessedKeys).toMatchObject({ [TableName]: { Keys: [keyOf('a', '1')], ConsistentRead: true } });
  expect(await errorOf(world.client.send(batch))).toMatchObject(throttledBy(TABLE_READ));
});

test('a transaction takes twice the units, and is cancelled as a whole if one partition has none left', async () => {
  await start({ partitionWriteUnits: 4, partitionReadUnits: 4 });
  const transaction = (...tenants: string[]) =>
    world.client.send(
      new TransactWriteItemsCommand({
        TransactItems: tenants.map((tenant) => ({ Put: { TableName, Item: itemOf(tenant, '1', large(3)) } })),
      }),
    );
  await transaction('a');
  world.pass(250);
  const error = await errorOf(transaction('b', 'a'));
  expect(error).toMatchObject({
    name: 'TransactionCanceledException',
    CancellationReasons: [
      { Code: 'None' },
      {
        Code: 'ThrottlingError',
        Message: expect.stringContaining('Throughput exceeds the current capacity'),
      },
    ],
  });
  expect(error.message).toContain('[None, ThrottlingError]');
  const Get = { TableName, Key: keyOf('b', '1') };
  const read = new TransactGetItemsCommand({ TransactItems: [{ Get }] });
  expect((await world.client.send(read)).Responses).toEqual([{}]);
});

test('statements in a batch are throttled one by one, as errors in the answer', async () => {
  await start({ partitionWriteUnits: 2 });
  for (const key of ['1', '2']) await put(itemOf('a', key));
  await put(itemOf('b', '1'));
  const Statement = 'DELETE FROM "table" WHERE "tenantId" = ? AND "entityKey" = ?';
  const Statements = ['a', 'b'].map((tenant) => ({ Statement, Parameters: [{ S: tenant }, { S: '1' }] }));
  const { Responses } = await world.client.send(new BatchExecuteStatementCommand({ Statements }));
  expect(Responses).toMatchObject([{ TableName, Error: { Code: 'ThrottlingError' } }, { TableName }]);
  expect(Responses?.[1]?.Error).toBeUndefined();
});
