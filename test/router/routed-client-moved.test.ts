import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  type QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { routedClient, TenantRouter } from '../../functions/router/router.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended, itemsOf, untilFlipped } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';

/*
 * An application of plain lib-dynamodb with one changed line, the client. It uses two tenants while one of them is moved
 * to another table and rolled back after the flip. No request of it may fail.
 */

const TABLE = 'school-data';
const ITEMS = 200;
const MOVER = 'mover';
const NEIGHBOUR = 'neighbour';
const note = { by: 'test', reason: 'test' };

let stack: Stack;
beforeAll(async () => {
  stack = await startTestStack({
    countsSchools: false,
    overrides: { waits: SHORT_WAITS },
    // half of a lease is enough for a request, also on a busy machine
    settings: { pageItems: 40, leaseMs: 4_000, cutoverLeaseMs: 3_000, maxFenceMs: 60_000 },
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());

/** An application that writes growing numbers, and reads everything that it has written. */
const startApplication = (documents: DynamoDBDocumentClient) => {
  const wrong: string[] = [];
  const counts = { batches: 0, transactions: 0, pages: 0, updates: 0 };
  let isStopped = false;
  const key = (tenantId: string, entityKey: string) => ({ tenantId, entityKey });
  const expectAtLeast = (what: string, found: unknown, least: number) => {
    if (typeof found !== 'number' || found < least) wrong.push(`${what} is ${found} after ${least}`);
  };

  const batches = async () => {
    const keys = [MOVER, NEIGHBOUR].flatMap((tenant) =>
      ['A', 'B', 'C'].map((one) => key(tenant, `BATCH#${one}`)),
    );
    const n = counts.batches + 1;
    let writes: BatchWriteCommand['input']['RequestItems'] = {
      [TABLE]: keys.map((own) => ({ PutRequest: { Item: { ...own, n } } })),
    };
    while (writes && Object.keys(writes).length > 0)
      writes = (await documents.send(new BatchWriteCommand({ RequestItems: writes }))).UnprocessedItems;
    counts.batches = n;
    const found: unknown[] = [];
    let reads: BatchGetCommand['input']['RequestItems'] = { [TABLE]: { Keys: keys, ConsistentRead: true } };
    while (reads && Object.keys(reads).length > 0) {
      const output: BatchGetCommandOutput = await documents.send(
        new BatchGetCommand({ RequestItems: reads }),
      );
      found.push(...(output.Responses?.[TABLE] ?? []).map((item) => item.n));
      reads = output.UnprocessedKeys;
    }
    if (found.length !== keys.length) wrong.push(`a batch read ${found.length} items`);
    for (const one of found) expectAtLeast('an item of a batch', one, n);
  };
  const transactions = async () => {
    const n = counts.transactions + 1;
    const put = (tenantId: string) => ({
      Put: { TableName: TABLE, Item: { ...key(tenantId, 'TRANSACTION'), n } },
    });
    await documents.send(new TransactWriteCommand({ TransactItems: [put(MOVER), put(NEIGHBOUR)] }));
    counts.transactions = n;
    for (const tenant of [MOVER, NEIGHBOUR]) {
      const Key = key(tenant, 'TRANSACTION');
      const { Item } = await documents.send(new GetCommand({ TableName: TABLE, Key, ConsistentRead: true }));
      expectAtLeast('an item of a transaction', Item?.n, n);
    }
  };
  const pages = async () => {
    const query: QueryCommand['input'] = {
      TableName: TABLE,
      KeyConditionExpression: 'tenantId = :t AND begins_with(entityKey, :s)',
      ExpressionAttributeValues: { ':t': MOVER, ':s': 'S' },
      ConsistentRead: true,
    };
    let items = 0;
    for await (const page of paginateQuery({ client: documents, pageSize: 30 }, query)) {
      items += page.Items?.length ?? 0;
      counts.pages += 1;
    }
    if (items !== ITEMS) wrong.push(`the paginator read ${items} items`);
  };
  const updates = async () => {
    const n = counts.updates + 1;
    const { Attributes } = await documents.send(
      new UpdateCommand({
        TableName: TABLE,
        Key: key(MOVER, 'UPDATED'),
        UpdateExpression: 'SET n = :n',
        ExpressionAttributeValues: { ':n': n },
        ReturnValues: 'ALL_OLD',
      }),
    );
    counts.updates = n;
    if (n > 1) expectAtLeast('an updated item', Attributes?.n, n - 1);
  };

  const failed: string[] = [];
  const repeat = async (act: () => Promise<void>) => {
    while (!isStopped) {
      await act().catch((error) => failed.push(`${error.name}: ${error.message}`));
      await sleep(5);
    }
  };
  const running = Promise.all([batches, transactions, pages, updates].map(repeat));
  return {
    counts,
    failed,
    wrong,
    /** Returns once each kind of request has succeeded again, or one has failed. */
    untilUsed: async () => {
      const before = { ...counts };
      await until('each kind of request to succeed', () => {
        expect([...failed, ...wrong]).toEqual([]);
        return Object.entries(before).every(([kind, n]) => counts[kind as keyof typeof counts] > n + 1);
      });
    },
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
};

test('an application of lib-dynamodb with paginators, batches and transactions of two tenants notices no move', async () => {
  const { ports } = stack;
  const { tenantId, table: source } = await addTenant(ports, { tenantId: MOVER, items: ITEMS });
  await addTenant(ports, { tenantId: NEIGHBOUR, items: 10 });
  const client = dynamoClient(stack.client);
  const router = new TenantRouter({ client, maxWriteWaitMs: 120_000 });
  const documents = routedClient(DynamoDBDocumentClient.from(client), { table: TABLE, router });
  const application = startApplication(documents);
  try {
    await application.untilUsed();
    const { migrationId } = await requestMigration(ports, {
      tenantId,
      toTier: 'advanced',
      holdMs: 3_600_000,
      requestedBy: 'test',
      reason: 'test',
    });
    await untilFlipped(ports, migrationId);
    const target = (await ports.routes.get(tenantId))?.table;
    expect(target).not.toBe(source);
    await application.untilUsed();
    await rollbackMigration(ports, migrationId, note);
    expect((await ended(ports, migrationId)).status).toBe('rolledBack');
    expect((await ports.routes.get(tenantId))?.table).toBe(source);
    await application.untilUsed();
  } finally {
    await application.stop();
    client.destroy();
  }
  expect(application.failed).toEqual([]);
  expect(application.wrong).toEqual([]);
  const { counts } = application;
  const own = (await itemsOf(ports, tenantId, source)).filter(
    ({ entityKey }) => !/^S/.test(entityKey?.S ?? ''),
  );
  expect(Object.fromEntries(own.map(({ entityKey, n }) => [entityKey?.S, Number(n?.N)]))).toEqual({
    'BATCH#A': counts.batches,
    'BATCH#B': counts.batches,
    'BATCH#C': counts.batches,
    TRANSACTION: counts.transactions,
    UPDATED: counts.updates,
  });
});
