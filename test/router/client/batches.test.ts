import { BatchExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchExecuteStatementCommand as BatchStatementsCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { routedClient } from '../../../functions/router/client/routed-client.ts';
import { TenantRouter } from '../../../functions/router/router.ts';
import { FakeDynamoDb, failure } from './fake-dynamodb.ts';

const TABLE = 'school-data';
const CEDAR = 'cedar-valley';
const BIG = 'big-district';
const key = (tenantId: string, n: number) => ({ tenantId, entityKey: `SCHOOL#${n}` });
const put = (tenantId: string, n: number) => ({ PutRequest: { Item: { ...key(tenantId, n), n } } });
const remove = (tenantId: string, n: number) => ({ DeleteRequest: { Key: key(tenantId, n) } });

const routed = ({ maxWriteWaitMs = 10_000 } = {}) => {
  const dynamodb = new FakeDynamoDb();
  const client = dynamodb.client();
  const router = new TenantRouter({ client, maxWriteWaitMs });
  return { dynamodb, documents: routedClient(DynamoDBDocumentClient.from(client), { table: TABLE, router }) };
};

const Keys = z.object({ RequestItems: z.record(z.string(), z.looseObject({ Keys: z.array(z.unknown()) })) });
const Writes = z.object({ RequestItems: z.record(z.string(), z.array(z.unknown())) });

/** DynamoDB that finds every key, and leaves the last one of each table unprocessed. */
const answerAllButLast = ({ body }: { body: unknown }) => {
  const { RequestItems } = Keys.parse(body);
  const entries = Object.entries(RequestItems);
  return {
    Responses: Object.fromEntries(entries.map(([name, { Keys: own }]) => [name, own.slice(0, -1)])),
    UnprocessedKeys: Object.fromEntries(
      entries.map(([name, { Keys: own, ...rest }]) => [name, { ...rest, Keys: own.slice(-1) }]),
    ),
    ConsumedCapacity: entries.map(([TableName]) => ({ TableName, CapacityUnits: 1 })),
  };
};

describe('a batch read', () => {
  test('is split by tenant, and its answers are joined under the name of the caller', async () => {
    const { dynamodb, documents } = routed();
    dynamodb.answer = answerAllButLast;
    const output = await documents.send(
      new BatchGetCommand({
        RequestItems: {
          [TABLE]: {
            Keys: [key(CEDAR, 1), key(BIG, 1), key(CEDAR, 2), key(BIG, 2)],
            ConsistentRead: true,
          },
          settings: { Keys: [{ id: 'a' }, { id: 'b' }] },
        },
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    expect(dynamodb.sent.map(({ body }) => Object.keys(Keys.parse(body).RequestItems)).sort()).toEqual([
      ['settings'],
      ['tier-basic'],
      ['tier-premium'],
    ]);
    expect(output.Responses).toEqual({ [TABLE]: [key(CEDAR, 1), key(BIG, 1)], settings: [{ id: 'a' }] });
    expect(output.UnprocessedKeys).toEqual({
      [TABLE]: { Keys: [key(CEDAR, 2), key(BIG, 2)], ConsistentRead: true },
      settings: { Keys: [{ id: 'b' }] },
    });
    expect(output.ConsumedCapacity?.map(({ TableName }) => TableName)).toEqual([
      'tier-basic',
      'tier-premium',
      'settings',
    ]);
    expect(output.$metadata.httpStatusCode).toBe(200);
  });

  test('under two names of the table keeps them apart', async () => {
    const dynamodb = new FakeDynamoDb();
    dynamodb.answer = answerAllButLast;
    const documents = routedClient(DynamoDBDocumentClient.from(dynamodb.client()), { table: ['new', 'old'] });
    const { Responses, UnprocessedKeys } = await documents.send(
      new BatchGetCommand({
        RequestItems: {
          new: { Keys: [key(CEDAR, 1), key(CEDAR, 2)] },
          old: { Keys: [key(CEDAR, 3), key(CEDAR, 4)] },
        },
      }),
    );
    expect(Responses).toEqual({ new: [key(CEDAR, 1)], old: [key(CEDAR, 3)] });
    expect(UnprocessedKeys).toEqual({ new: { Keys: [key(CEDAR, 2)] }, old: { Keys: [key(CEDAR, 4)] } });
  });

  test('of no tenant is passed on', async () => {
    const { dynamodb, documents } = routed();
    await documents.send(new BatchGetCommand({ RequestItems: { settings: { Keys: [{ id: 'a' }] } } }));
    expect(dynamodb.sent).toHaveLength(1);
    expect(dynamodb.routesRead).toBe(0);
  });
});

describe('a batch write', () => {
  test('comes back to the caller in part, and the caller may send that part again', async () => {
    const { dynamodb, documents } = routed();
    const stored: unknown[] = [];
    dynamodb.answer = ({ body }) => {
      const [[name, [first, ...others]] = ['', []]] = Object.entries(Writes.parse(body).RequestItems);
      stored.push([name, first]);
      return { UnprocessedItems: others.length > 0 ? { [name]: others } : {} };
    };
    let items: Record<string, object[]> | undefined = {
      [TABLE]: [put(CEDAR, 1), remove(CEDAR, 2), put(BIG, 1), put(BIG, 2)],
    };
    while (items && Object.keys(items).length > 0) {
      expect(Object.keys(items)).toEqual([TABLE]);
      items = (await documents.send(new BatchWriteCommand({ RequestItems: items }))).UnprocessedItems;
    }
    expect(stored.map((one) => z.tuple([z.string(), z.unknown()]).parse(one)[0]).sort()).toEqual([
      'tier-basic',
      'tier-basic',
      'tier-premium',
      'tier-premium',
    ]);
  });

  test('whose one tenant is fenced writes the other, and gives the rest back as unprocessed', async () => {
    const { dynamodb, documents } = routed({ maxWriteWaitMs: 0 });
    dynamodb.routes.set(BIG, { table: 'tier-premium', writes: 'fenced' });
    const RequestItems = { [TABLE]: [put(CEDAR, 1), put(BIG, 1)] };
    const { UnprocessedItems } = await documents.send(new BatchWriteCommand({ RequestItems }));
    expect(UnprocessedItems).toEqual({ [TABLE]: [put(BIG, 1)] });
    expect(dynamodb.sent).toHaveLength(1);
    const fenced = documents.send(new BatchWriteCommand({ RequestItems: { [TABLE]: [put(BIG, 1)] } }));
    await expect(fenced).rejects.toMatchObject({ name: 'TenantWriteFenced', retryable: true });
  });

  test('of which one part is throttled gives that part back; any other error fails the batch', async () => {
    const { dynamodb, documents } = routed();
    const RequestItems = { [TABLE]: [put(CEDAR, 1), put(BIG, 1)] };
    const fail = (name: string) => {
      dynamodb.answer = ({ body }) => {
        if ('tier-premium' in Writes.parse(body).RequestItems) throw failure(name);
        return {};
      };
      return documents.send(new BatchWriteCommand({ RequestItems }));
    };
    expect((await fail('ThrottlingException')).UnprocessedItems).toEqual({ [TABLE]: [put(BIG, 1)] });
    await expect(fail('AccessDeniedException')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('with a request of no tenant sends nothing', async () => {
    const { dynamodb, documents } = routed();
    const RequestItems = { [TABLE]: [put(CEDAR, 1), put('NO#TENANT', 1)] };
    await expect(documents.send(new BatchWriteCommand({ RequestItems }))).rejects.toMatchObject({
      reason: 'key-of-no-tenant',
    });
    expect(dynamodb.sent).toEqual([]);
  });
});

describe('a batch of statements', () => {
  const insert = (tenantId: string, table = TABLE) => ({
    Statement: `INSERT INTO "${table}" VALUE {'tenantId': ?, 'entityKey': 'A'}`,
    Parameters: [tenantId],
  });
  const Statements = z.object({ Statements: z.array(z.object({ Statement: z.string() })) });

  test('is split by tenant, and its responses are in the order of the statements', async () => {
    const { dynamodb, documents } = routed();
    dynamodb.answer = ({ body }) => ({
      Responses: Statements.parse(body).Statements.map(({ Statement }, n) => {
        const TableName = /"(.*?)"/.exec(Statement)?.[1];
        return { TableName, Item: { at: { S: `${TableName} ${n}` } } };
      }),
    });
    const { Responses } = await documents.send(
      new BatchStatementsCommand({
        Statements: [insert(CEDAR), insert(BIG), insert('x', 'settings'), insert(CEDAR)],
      }),
    );
    expect(Responses).toEqual([
      { TableName: TABLE, Item: { at: 'tier-basic 0' } },
      { TableName: TABLE, Item: { at: 'tier-premium 0' } },
      { TableName: 'settings', Item: { at: 'settings 0' } },
      { TableName: TABLE, Item: { at: 'tier-basic 1' } },
    ]);
  });

  test('reports a fenced tenant as throttled, in its place', async () => {
    const { dynamodb, documents } = routed({ maxWriteWaitMs: 0 });
    dynamodb.routes.set(BIG, { table: 'tier-premium', writes: 'fenced' });
    dynamodb.answer = () => ({ Responses: [{ TableName: 'tier-basic' }] });
    const { Responses } = await documents.send(
      new BatchStatementsCommand({ Statements: [insert(BIG), insert(CEDAR)] }),
    );
    expect(Responses).toEqual([
      { TableName: TABLE, Error: { Code: 'ThrottlingError', Message: expect.stringMatching(/fenced/) } },
      { TableName: TABLE },
    ]);
  });

  test('with a statement of no known form is refused', async () => {
    const client = routedClient(new FakeDynamoDb().client(), { table: TABLE });
    const Statements = [{ Statement: 'DROP TABLE x' }];
    await expect(client.send(new BatchExecuteStatementCommand({ Statements }))).rejects.toMatchObject({
      reason: 'statement',
    });
  });
});
