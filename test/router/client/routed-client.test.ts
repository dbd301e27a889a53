import { AsyncLocalStorage } from 'node:async_hooks';
import {
  DynamoDB,
  DynamoDBClient,
  GetItemCommand,
  type GetItemCommandOutput,
  PutItemCommand,
  paginateQuery as paginateItems,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocument,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand as QueryDocuments,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { routedClient } from '../../../functions/router/client/routed-client.ts';
import { FakeDynamoDb } from './fake-dynamodb.ts';

const TABLE = 'school-data';
const options = { table: TABLE };
const Key = { tenantId: 'cedar-valley', entityKey: 'SCHOOL#1' };
const wireKey = { tenantId: { S: 'cedar-valley' }, entityKey: { S: 'SCHOOL#1' } };
const getItem = () => new GetItemCommand({ TableName: TABLE, Key: wireKey });
const get = () => new GetCommand({ TableName: TABLE, Key });
const condition = {
  TableName: TABLE,
  KeyConditionExpression: 'tenantId = :t',
  ExpressionAttributeValues: { ':t': 'cedar-valley' },
};

describe('the client stays what it is', () => {
  test('its type, its class, its configuration and its destroy', async () => {
    const dynamodb = new FakeDynamoDb();
    const client = dynamodb.client();
    const routed = routedClient(client, options);
    expectTypeOf(routed).toEqualTypeOf<DynamoDBClient>();
    expectTypeOf(await routed.send(getItem())).toEqualTypeOf<GetItemCommandOutput>();
    expect(routed).toBeInstanceOf(DynamoDBClient);
    expect(routed.config).toBe(client.config);
    routed.destroy();
    expect(dynamodb.isDestroyed).toBe(true);
    const documents = routedClient(DynamoDBDocument.from(client), options);
    expectTypeOf(documents).toEqualTypeOf<DynamoDBDocument>();
    expect(documents).toBeInstanceOf(DynamoDBDocumentClient);
  });

  test('middleware of the client and of a command runs, also if it is added after wrapping', async () => {
    const dynamodb = new FakeDynamoDb();
    const client = dynamodb.client();
    const routed = routedClient(client, options);
    const seen: string[] = [];
    const note = (name: string) =>
      ({
        middleware:
          <I extends object, O>(next: (args: { input: I }) => Promise<O>) =>
          (args: { input: I }) => {
            seen.push(`${name} ${Reflect.get(args.input, 'TableName')}`);
            return next(args);
          },
        name,
      }) as const;
    const ofClient = note('client');
    routed.middlewareStack.add(ofClient.middleware, { step: 'initialize', name: ofClient.name });
    const command = getItem();
    const ofCommand = note('command');
    command.middlewareStack.add(ofCommand.middleware, { step: 'initialize', name: ofCommand.name });
    await routed.send(command);
    await routed.send(command);
    expect(seen.filter((one) => one.startsWith('command'))).toHaveLength(2);
    expect(seen).toContain('client tier-basic');
    expect(command.input.TableName).toBe(TABLE);
  });

  test('methods that send, callbacks and options work', async () => {
    const dynamodb = new FakeDynamoDb();
    dynamodb.answer = () => ({ Item: { n: { N: '7' } } });
    const full = routedClient(new DynamoDB(dynamodb.config()), options);
    expect((await full.getItem({ TableName: TABLE, Key: wireKey })).Item).toEqual({ n: { N: '7' } });
    const documents = routedClient(DynamoDBDocument.from(dynamodb.client()), options);
    expect((await documents.get({ TableName: TABLE, Key })).Item).toEqual({ n: 7 });
    const item = await new Promise((resolve, reject) => {
      documents.get({ TableName: TABLE, Key }, (error, output) =>
        error ? reject(error) : resolve(output?.Item),
      );
    });
    expect(item).toEqual({ n: 7 });
    const refused = await new Promise((resolve) => documents.scan({ TableName: TABLE }, resolve));
    expect(refused).toMatchObject({ name: 'UnroutableRequest', reason: 'scan' });
    expect(new Set(dynamodb.sent.map(({ body }) => body.TableName))).toEqual(new Set(['tier-basic']));
  });

  test('a command may be sent twice, to two tables, and at the same time', async () => {
    const dynamodb = new FakeDynamoDb();
    const routed = routedClient(DynamoDBDocumentClient.from(dynamodb.client()), options);
    const command = new PutCommand({ TableName: TABLE, Item: { ...Key, n: 1 } });
    await Promise.all([routed.send(command), routed.send(command)]);
    expect(dynamodb.sent.map(({ body }) => [body.TableName, body.Item])).toEqual(
      Array.from({ length: 2 }, () => ['tier-basic', { ...wireKey, n: { N: '1' } }]),
    );
    expect(command.input).toEqual({ TableName: TABLE, Item: { ...Key, n: 1 } });
  });
});

describe('requests of the tenants', () => {
  test('a paginator takes a lease for each page', async () => {
    const dynamodb = new FakeDynamoDb();
    dynamodb.answer = ({ body }) => {
      // the tenant moves between the pages
      dynamodb.routes.set('cedar-valley', { table: 'tier-advanced', leaseMs: 0 });
      return body.ExclusiveStartKey
        ? { Items: [], Count: 0 }
        : { Items: [wireKey], LastEvaluatedKey: wireKey };
    };
    dynamodb.routes.set('cedar-valley', { table: 'tier-basic', leaseMs: 0 });
    const client = routedClient(DynamoDBDocumentClient.from(dynamodb.client()), options);
    const pages = [];
    for await (const page of paginateQuery({ client }, { ...condition })) pages.push(page.Items);
    expect(pages).toEqual([[Key], []]);
    expect(dynamodb.sent.map(({ body }) => body.TableName)).toEqual(['tier-basic', 'tier-advanced']);

    const raw = routedClient(dynamodb.client(), options);
    const wire = { ...condition, ExpressionAttributeValues: { ':t': { S: 'cedar-valley' } } };
    for await (const page of paginateItems({ client: raw }, wire)) pages.push(page.Items);
    expect(pages).toHaveLength(4);
  });

  test('a query returns no sentinels', async () => {
    const dynamodb = new FakeDynamoDb();
    const sentinel = { tenantId: { S: 'cedar-valley' }, entityKey: { S: 'A\u0000tierferry\u0000armed' } };
    dynamodb.answer = () => ({ Items: [wireKey, sentinel], Count: 2, ScannedCount: 2 });
    const client = routedClient(DynamoDBDocumentClient.from(dynamodb.client()), options);
    const { Items, Count, ScannedCount } = await client.send(new QueryDocuments(condition));
    expect({ Items, Count, ScannedCount }).toEqual({ Items: [Key], Count: 1, ScannedCount: 2 });
  });

  test('a query of an index is routed by the context', async () => {
    const dynamodb = new FakeDynamoDb();
    const current = new AsyncLocalStorage<string>();
    const client = routedClient(dynamodb.client(), { ...options, tenant: () => current.getStore() });
    const byType = () =>
      new QueryCommand({
        TableName: TABLE,
        IndexName: 'byType',
        KeyConditionExpression: 'entityType = :t',
        ExpressionAttributeValues: { ':t': { S: 'SCHOOL' } },
      });
    await Promise.all(
      ['cedar-valley', 'big-district'].map((tenant) => current.run(tenant, () => client.send(byType()))),
    );
    expect(dynamodb.sent.map(({ body }) => body.TableName)).toEqual(['tier-basic', 'tier-premium']);
    await expect(client.send(byType())).rejects.toMatchObject({ reason: 'no-tenant' });
  });

  test('the table may be named by its ARN', async () => {
    const dynamodb = new FakeDynamoDb();
    const client = routedClient(dynamodb.client(), options);
    const TableName = `arn:aws:dynamodb:eu-central-1:123456789012:table/${TABLE}`;
    await client.send(new GetItemCommand({ TableName, Key: wireKey }));
    expect(dynamodb.sent[0]?.body.TableName).toBe('tier-basic');
  });

  test('requests for other tables are passed on; a tier table by its own name is refused', async () => {
    const dynamodb = new FakeDynamoDb();
    const client = routedClient(dynamodb.client(), options);
    const put = (TableName: string) => client.send(new PutItemCommand({ TableName, Item: wireKey }));
    await put('settings');
    expect(dynamodb.sent[0]?.body.TableName).toBe('settings');
    expect(dynamodb.routesRead).toBe(0);
    await put(TABLE);
    await expect(put('tier-basic')).rejects.toMatchObject({ reason: 'tier-table-named' });
    expect(dynamodb.sent).toHaveLength(2);
  });

  test("the caller's signal ends a request", async () => {
    const dynamodb = new FakeDynamoDb();
    const client = routedClient(dynamodb.client(), options);
    const reason = new Error('the user has left');
    await expect(client.send(getItem(), { abortSignal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    dynamodb.answer = () => {
      controller.abort(reason);
      return {};
    };
    await client.send(getItem(), { abortSignal: controller.signal, requestTimeout: 5 });
    expect(dynamodb.signals[0]?.reason).toBe(reason);
  });
});

describe('misuse is refused', () => {
  test('a client that is routed already', () => {
    const client = routedClient(new FakeDynamoDb().client(), options);
    expect(() => routedClient(client, options)).toThrow(/routed already/);
  });

  test('a document client that is created from a routed client, since its requests would not be routed', async () => {
    const dynamodb = new FakeDynamoDb();
    const documents = DynamoDBDocumentClient.from(routedClient(dynamodb.client(), options));
    await expect(async () => documents.send(get())).rejects.toMatchObject({
      reason: 'client-not-routed',
      message: expect.stringMatching(/routedClient\(DynamoDBDocumentClient\.from\(client\)/),
    });
    expect(dynamodb.sent).toEqual([]);
  });

  test('a template that is none', () => {
    const keys = { partitionKey: 'PK', sortKey: 'SK', template: 'TENANT' };
    expect(() => routedClient(new FakeDynamoDb().client(), { ...options, keys })).toThrow(/\{tenant\}/);
  });
});
