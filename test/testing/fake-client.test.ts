import { ConditionalCheckFailedException, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { routedClient } from '../../functions/router/router.ts';
import { awsError, createFakeClient, createFakeRouter } from '../../scripts/testing/testing.ts';

test('a request is noted with its tables and answered by the function', async () => {
  const { client, sent } = createFakeClient({ answer: () => ({ Item: { name: { S: 'North' } } }) });
  const input = { TableName: 'school-data', Key: { tenantId: { S: 'north' }, entityKey: { S: 'SCHOOL#1' } } };
  expect(await client.send(new GetItemCommand(input))).toMatchObject({ Item: { name: { S: 'North' } } });
  expect(sent).toEqual([{ operation: 'GetItem', input, tables: ['school-data'] }]);
});

test('without a function every answer is empty', async () => {
  const documents = DynamoDBDocumentClient.from(createFakeClient().client);
  const { Item } = await documents.send(new GetCommand({ TableName: 't', Key: { id: '1' } }));
  expect(Item).toBeUndefined();
});

test('the tables of batches and transactions are noted', async () => {
  const { client, sent } = createFakeClient();
  const documents = DynamoDBDocumentClient.from(client);
  await documents.send(
    new BatchGetCommand({ RequestItems: { a: { Keys: [{ id: '1' }] }, b: { Keys: [{ id: '1' }] } } }),
  );
  await documents.send(
    new TransactWriteCommand({
      TransactItems: [
        { Put: { TableName: 'c', Item: { id: '1' } } },
        { Delete: { TableName: 'd', Key: { id: '1' } } },
      ],
    }),
  );
  expect(sent.map(({ tables }) => tables)).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('an error of DynamoDB is the one that the SDK throws, and any other error fails the request', async () => {
  const failing = (error: Error) =>
    createFakeClient({
      answer: () => {
        throw error;
      },
    }).client.send(new GetItemCommand({ TableName: 't', Key: { id: { S: '1' } } }));
  await expect(failing(awsError('ConditionalCheckFailedException'))).rejects.toThrow(
    ConditionalCheckFailedException,
  );
  await expect(failing(new RangeError('a fault of the test'))).rejects.toThrow('a fault of the test');
});

test('behind a routed client and a fake router, requests follow a tenant that moves', async () => {
  const router = createFakeRouter({ tenants: { north: 'tier-basic' } });
  const { client, sent } = createFakeClient();
  const documents = routedClient(DynamoDBDocumentClient.from(client), { table: 'school-data', router });
  const put = () =>
    documents.send(
      new PutCommand({ TableName: 'school-data', Item: { tenantId: 'north', entityKey: 'SCHOOL#1' } }),
    );
  await put();
  await router.moveTenant('north', 'tier-advanced');
  await put();
  expect(sent.flatMap(({ tables }) => tables)).toEqual(['tier-basic', 'tier-advanced']);
});
