import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  PutItemCommand,
  QueryCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { startTestEngine } from '../support/dynamodb-local.ts';

const { config, stop } = await startTestEngine();
const client = dynamoClient(config);
afterAll(async () => {
  client.destroy();
  await stop();
});

const attribute = (name: string) => ({ AttributeName: name, AttributeType: 'S' }) as const;
const create = (TableName: string, rangeKey = 'entityKey') =>
  client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [attribute('tenantId'), attribute(rangeKey)],
      KeySchema: [
        { AttributeName: 'tenantId', KeyType: 'HASH' },
        { AttributeName: rangeKey, KeyType: 'RANGE' },
      ],
    }),
  );
const put = (TableName: string, rangeKey = 'entityKey') =>
  client.send(
    new PutItemCommand({
      TableName,
      Item: { tenantId: { S: 'a' }, [rangeKey]: { S: 'b' }, kind: { S: 'SCHOOL' } },
    }),
  );
const ofKind = (TableName: string) =>
  client.send(
    new QueryCommand({
      TableName,
      IndexName: 'by-kind',
      KeyConditionExpression: 'kind = :kind',
      ExpressionAttributeValues: { ':kind': { S: 'SCHOOL' } },
    }),
  );
const indexesOf = async (TableName: string) =>
  (await client.send(new DescribeTableCommand({ TableName }))).Table?.GlobalSecondaryIndexes?.map(
    ({ IndexName }) => IndexName,
  );
const expiryOf = async (TableName: string) =>
  (await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription?.TimeToLiveStatus;

// the runner parses a schema once, and tables of one design share the result
test('the engine knows the schema of each table after it, or another of the same design, has changed', async () => {
  for (const table of ['one', 'two'].map((name) => `schemas-${name}`)) {
    await create(table);
    await put(table);
  }
  const [changed, other] = ['schemas-one', 'schemas-two'];
  const timeToLive = (Enabled: boolean) =>
    client.send(
      new UpdateTimeToLiveCommand({
        TableName: changed,
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled },
      }),
    );
  const addIndex = (TableName: string) =>
    client.send(
      new UpdateTableCommand({
        TableName,
        AttributeDefinitions: [attribute('tenantId'), attribute('entityKey'), attribute('kind')],
        GlobalSecondaryIndexUpdates: [
          {
            Create: {
              IndexName: 'by-kind',
              KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
              Projection: { ProjectionType: 'ALL' },
            },
          },
        ],
      }),
    );
  const removeIndex = () =>
    client.send(
      new UpdateTableCommand({
        TableName: changed,
        GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'by-kind' } }],
      }),
    );

  await timeToLive(true);
  expect([await expiryOf(changed), await expiryOf(other)]).toEqual(['ENABLED', 'DISABLED']);
  await addIndex(changed);
  await expect.poll(async () => (await ofKind(changed)).Count, { timeout: 60_000 }).toBe(1);
  expect(await indexesOf(other)).toBeUndefined();
  await expect(ofKind(other)).rejects.toThrow('by-kind');

  // back to the first design, while the other table takes on the second
  await removeIndex();
  await timeToLive(false);
  await expect.poll(() => indexesOf(changed), { timeout: 60_000 }).toBeUndefined();
  expect(await expiryOf(changed)).toBe('DISABLED');
  await expect(ofKind(changed)).rejects.toThrow('by-kind');
  await addIndex(other);
  await expect.poll(async () => (await ofKind(other)).Count, { timeout: 60_000 }).toBe(1);
  expect(await indexesOf(changed)).toBeUndefined();

  // a new table with an old name
  await client.send(new DeleteTableCommand({ TableName: changed }));
  await create(changed, 'otherKey');
  await expect(put(changed)).rejects.toThrow(/key/i);
  await put(changed, 'otherKey');
});
