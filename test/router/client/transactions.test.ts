import {
  DynamoDBDocumentClient,
  ExecuteTransactionCommand,
  TransactGetCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { routedClient } from '../../../functions/router/client/routed-client.ts';
import type { TenantRouting } from '../../../functions/router/router.ts';
import { TenantRouter } from '../../../functions/router/router.ts';
import { FakeDynamoDb, failure } from './fake-dynamodb.ts';

const TABLE = 'school-data';
const CEDAR = 'cedar-valley';
const BIG = 'big-district';
const key = (tenantId: string) => ({ tenantId, entityKey: 'STUDENT#1' });

/** Notes which leases a router gives, in their order, and which are held when another is taken. */
const noting = (router: TenantRouting) => {
  const taken: string[] = [];
  const held: string[] = [];
  const note =
    (access: 'read' | 'write'): TenantRouting['read'] =>
    (tenantId, operation, options) =>
      router[access](
        tenantId,
        async (...given) => {
          held.push(tenantId);
          taken.push(`${access} ${held.join(' > ')}`);
          try {
            return await operation(...given);
          } finally {
            held.pop();
          }
        },
        options,
      );
  return { taken, router: { read: note('read'), write: note('write') } };
};

const routed = () => {
  const dynamodb = new FakeDynamoDb();
  const client = dynamodb.client();
  const { taken, router } = noting(new TenantRouter({ client }));
  return {
    dynamodb,
    taken,
    documents: routedClient(DynamoDBDocumentClient.from(client), { table: TABLE, router }),
  };
};

const TransactItems = z.object({
  TransactItems: z.array(z.record(z.string(), z.looseObject({ TableName: z.string() }))),
});
const tablesOf = (body: unknown) =>
  TransactItems.parse(body).TransactItems.flatMap((item) =>
    Object.entries(item).map(([verb, { TableName }]) => `${verb} ${TableName}`),
  );

test('a transaction of two tenants is sent as one, with both leases taken in the order of the tenants', async () => {
  for (const [first, second] of [
    [CEDAR, BIG],
    [BIG, CEDAR],
  ] as const) {
    const { dynamodb, taken, documents } = routed();
    await documents.send(
      new TransactWriteCommand({
        TransactItems: [
          { Delete: { TableName: TABLE, Key: key(first) } },
          { Put: { TableName: TABLE, Item: { ...key(second), name: 'Ann' } } },
          {
            ConditionCheck: {
              TableName: TABLE,
              Key: key(second),
              ConditionExpression: 'attribute_exists(x)',
            },
          },
          { Update: { TableName: 'settings', Key: { id: 'a' }, UpdateExpression: 'SET n = 1' } },
        ],
        ClientRequestToken: 'token',
      }),
    );
    expect(taken).toEqual([`write ${BIG}`, `write ${BIG} > ${CEDAR}`]);
    const tableOf = (tenantId: string) => (tenantId === CEDAR ? 'tier-basic' : 'tier-premium');
    expect(dynamodb.sent).toHaveLength(1);
    expect(tablesOf(dynamodb.sent[0]?.body)).toEqual([
      `Delete ${tableOf(first)}`,
      `Put ${tableOf(second)}`,
      `ConditionCheck ${tableOf(second)}`,
      'Update settings',
    ]);
    expect(dynamodb.sent[0]?.body.ClientRequestToken).toBe('token');
  }
});

test('a transaction of reads takes leases for reading, and keeps the order of its answers', async () => {
  const { dynamodb, taken, documents } = routed();
  dynamodb.answer = ({ body }) => ({
    Responses: TransactItems.parse(body).TransactItems.map(({ Get }) => ({
      Item: { at: { S: Get?.TableName } },
    })),
  });
  const { Responses } = await documents.send(
    new TransactGetCommand({
      TransactItems: [CEDAR, BIG, CEDAR].map((tenantId) => ({
        Get: { TableName: TABLE, Key: key(tenantId) },
      })),
    }),
  );
  expect(taken).toEqual([`read ${BIG}`, `read ${BIG} > ${CEDAR}`]);
  expect(Responses?.map(({ Item }) => Item?.at)).toEqual(['tier-basic', 'tier-premium', 'tier-basic']);
});

test('what it says of tables is under the name of the caller, and a refused condition stays in its place', async () => {
  const { dynamodb, documents } = routed();
  const command = new TransactWriteCommand({
    TransactItems: [CEDAR, BIG].map((tenantId) => ({ Put: { TableName: TABLE, Item: key(tenantId) } })),
  });
  dynamodb.answer = () => ({
    ItemCollectionMetrics: {
      'tier-basic': [{ SizeEstimateRangeGB: [1] }],
      'tier-premium': [{ SizeEstimateRangeGB: [2] }],
    },
  });
  expect((await documents.send(command)).ItemCollectionMetrics).toEqual({
    [TABLE]: [{ SizeEstimateRangeGB: [1] }, { SizeEstimateRangeGB: [2] }],
  });
  const CancellationReasons = [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }];
  dynamodb.answer = () => {
    throw failure('TransactionCanceledException', { CancellationReasons });
  };
  await expect(documents.send(command)).rejects.toMatchObject({ CancellationReasons });
});

test('a transaction of no tenant is passed on without a lease', async () => {
  const { dynamodb, taken, documents } = routed();
  await documents.send(
    new TransactWriteCommand({ TransactItems: [{ Put: { TableName: 'settings', Item: { id: 'a' } } }] }),
  );
  expect(taken).toEqual([]);
  expect(tablesOf(dynamodb.sent[0]?.body)).toEqual(['Put settings']);
});

test('a transaction of statements is sent as one, with the leases of its tenants', async () => {
  const { dynamodb, taken, documents } = routed();
  await documents.send(
    new ExecuteTransactionCommand({
      TransactStatements: [
        { Statement: `DELETE FROM "${TABLE}" WHERE tenantId = ? AND entityKey = 'A'`, Parameters: [CEDAR] },
        { Statement: `INSERT INTO "${TABLE}" VALUE {'tenantId': '${BIG}', 'entityKey': 'A'}` },
        { Statement: `UPDATE settings SET n = 1 WHERE id = 'a'` },
      ],
    }),
  );
  expect(taken).toEqual([`write ${BIG}`, `write ${BIG} > ${CEDAR}`]);
  expect(dynamodb.sent[0]?.body.TransactStatements).toEqual([
    {
      Statement: `DELETE FROM "tier-basic" WHERE tenantId = ? AND entityKey = 'A'`,
      Parameters: [{ S: CEDAR }],
    },
    { Statement: `INSERT INTO "tier-premium" VALUE {'tenantId': '${BIG}', 'entityKey': 'A'}` },
    { Statement: `UPDATE settings SET n = 1 WHERE id = 'a'` },
  ]);
});
