import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { createControlTables } from '../../functions/aws/control-tables.ts';
import { createLog } from '../../functions/aws/log.ts';
import { createPorts } from '../../functions/aws/ports.ts';
import { epochMs, type MigrationId, type TableName } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { fence, flip, type Route, reopen, withLease } from '../../functions/migration/route/route.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import {
  TenantLeaseExpired,
  TenantRouteNotFound,
  TenantRouter,
  TenantRouteUnavailable,
  TenantWriteFenced,
} from '../../functions/router/tenant-router.ts';
import { startTestEngine } from '../support/dynamodb-local.ts';
import { aRoute, aTable, aTenant } from '../support/records.ts';

/*
 * An application reads and writes through the router, on DynamoDB Local. Meanwhile the adapters that the migration uses
 * fence, flip and reopen the route. The test waits for the same times as the migration.
 */

const LEASE_MS = 1_500;
const CUTOVER_LEASE_MS = 700;
const migrationId = 'mig-1' as MigrationId;

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let client: DynamoDBClient;
let documents: DynamoDBDocumentClient;
let ports: Ports;

beforeAll(async () => {
  engine = await startTestEngine();
  client = dynamoClient(engine.config);
  documents = DynamoDBDocumentClient.from(client);
  const settings = parseSettings({});
  await createControlTables(client, settings);
  ports = createPorts(settings, { dynamodb: engine.config, log: createLog('silent') });
});
afterAll(async () => {
  client?.destroy();
  await engine?.stop();
});

const tierTable = async (): Promise<TableName> => {
  const record = aTable();
  await client.send(
    new CreateTableCommand({
      TableName: record.table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'tenantId', AttributeType: 'S' },
        { AttributeName: 'entityKey', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'tenantId', KeyType: 'HASH' },
        { AttributeName: 'entityKey', KeyType: 'RANGE' },
      ],
    }),
  );
  await ports.registry.addTable(record);
  return record.table;
};

/** A tenant in a table, and another table. */
const tenantInTwoTables = async (given: Partial<Route> = {}) => {
  const source = await tierTable();
  const target = await tierTable();
  const tenant = aTenant({ table: source });
  const { tenantId } = tenant;
  await ports.registry.addTenant(tenant, aRoute({ tenantId, table: source, leaseMs: LEASE_MS, ...given }));
  return { tenantId, source, target };
};

const change = async (tenantId: Route['tenantId'], by: (route: Route) => Route): Promise<Route> => {
  const route = await ports.routes.get(tenantId);
  if (!route) throw new Error('no route');
  const changed = by(route);
  await ports.routes.compareAndSet(route, changed);
  return changed;
};

const itemsOf = async (table: string, tenantId: string) => {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'tenantId = :t',
      ExpressionAttributeValues: { ':t': { S: tenantId } },
      ConsistentRead: true,
    }),
  );
  return Items;
};

/** Fences, copies, flips. @returns the source's items under the fence. */
const cutOver = async (tenantId: Route['tenantId'], source: TableName, target: TableName) => {
  await change(tenantId, (route) => withLease(route, CUTOVER_LEASE_MS));
  await sleep(LEASE_MS);
  await change(tenantId, (route) =>
    fence(route, { migrationId, source, deadline: epochMs(Date.now() + 60_000) }),
  );
  // in whole seconds, as the state machine waits
  await sleep(Math.ceil(CUTOVER_LEASE_MS / 1_000) * 1_000);
  const items = await itemsOf(source, tenantId);
  for (const Item of items) await client.send(new PutItemCommand({ TableName: target, Item }));
  await change(tenantId, (route) =>
    flip(route, { migrationId, target, leaseMs: LEASE_MS, now: epochMs(Date.now()) }),
  );
  return items;
};

/** Errors that a call may end with while a tenant is moved, on a machine that may be slow. */
const isExpected = (error: unknown) =>
  error instanceof TenantLeaseExpired || error instanceof TenantRouteUnavailable;

/** A client that writes a growing number to two keys, with the document client and in transactions, and that reads. */
const user = (
  { writes, reads }: { writes: TenantRouter; reads: TenantRouter },
  tenantId: string,
  name: string,
) => {
  const [plain, inTransaction] = [`${name}#PLAIN`, `${name}#TRANSACTION`];
  /** The lowest number that a read starting now has to return. */
  const least = new Map<string, number>();
  const saw = (key: string, n: number) => least.set(key, Math.max(n, least.get(key) ?? 0));
  const tables = new Set<string>();
  const staleReads: string[] = [];

  const read = async (key: string) => {
    const expected = least.get(key) ?? 0;
    const { Item } = await reads.read(tenantId, (table, { signal }) => {
      tables.add(table);
      return documents.send(
        new GetCommand({ TableName: table, Key: { tenantId, entityKey: key }, ConsistentRead: true }),
        { abortSignal: signal },
      );
    });
    const n: number = Item?.n ?? 0;
    if (n < expected) staleReads.push(`${key}: ${n} after ${expected}`);
    saw(key, n);
  };
  const write = async (n: number) => {
    await writes.write(tenantId, (table, { signal }) =>
      documents.send(new PutCommand({ TableName: table, Item: { tenantId, entityKey: plain, n } }), {
        abortSignal: signal,
      }),
    );
    saw(plain, n);
    const Item = { tenantId: { S: tenantId }, entityKey: { S: inTransaction }, n: { N: String(n) } };
    await writes.write(tenantId, (table, { signal }) =>
      client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName: table, Item } }] }), {
        abortSignal: signal,
      }),
    );
    saw(inTransaction, n);
  };
  const repeat = async (stopped: () => boolean, act: (n: number) => Promise<void>) => {
    for (let n = 1; !stopped(); n++) {
      await act(n).catch((error) => {
        if (!isExpected(error)) throw error;
      });
      await sleep(1);
    }
  };
  return {
    least,
    tables,
    goneBack: staleReads,
    use: (stopped: () => boolean) =>
      Promise.all([
        repeat(stopped, write),
        repeat(stopped, () => read(plain)),
        repeat(stopped, () => read(inTransaction)),
      ]),
    readAll: () => Promise.all([read(plain), read(inTransaction)]),
  };
};

test('a tenant in use is moved in both directions: no write is lost, no read goes back, nothing reaches the old table', async () => {
  const { tenantId, source, target } = await tenantInTwoTables();
  // two processes of the application; each reads what the other has written
  const [one, other] = [new TenantRouter({ client }), new TenantRouter({ client })];
  const users = ['ANN', 'BEN', 'CAT', 'DAN'].map((name, i) =>
    user(i % 2 ? { writes: one, reads: other } : { writes: other, reads: one }, tenantId, name),
  );
  // so that they do not poll at the same moments
  await one.read(tenantId, async () => {});
  await sleep(LEASE_MS / 10);
  let stopped = false;
  const using = Promise.all(users.map(({ use }) => use(() => stopped)));
  try {
    for (const [from, to] of [
      [source, target],
      [target, source],
    ] as const) {
      const fencedMs = await cutOver(tenantId, from, to);
      expect(fencedMs).toHaveLength(8);
      await sleep(300);
      expect(await itemsOf(from, tenantId), 'the old table is as it was under the fence').toEqual(fencedMs);
    }
  } finally {
    stopped = true;
    await using;
  }
  await Promise.all(users.map(({ readAll }) => readAll()));
  for (const { goneBack: staleReads, tables, least } of users) {
    expect(staleReads).toEqual([]);
    expect(tables).toEqual(new Set([source, target]));
    for (const n of least.values()) expect(n).toBeGreaterThan(3);
  }
});

test('a write waits for a fence to be reopened, and gives up with a hint if it stays', async () => {
  const { tenantId, source } = await tenantInTwoTables();
  const deadline = epochMs(Date.now() + 3_600_000);
  await change(tenantId, (route) => fence(route, { migrationId, source, deadline }));
  const impatient = new TenantRouter({ client, maxWriteWaitMs: 100 });
  const error = await impatient.write(tenantId, async (table) => table).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(TenantWriteFenced);
  expect(error).toMatchObject({ retryable: true, tenantId, retryAfterMs: 60_000 });

  const router = new TenantRouter({ client, maxWriteWaitMs: 60_000 });
  const writing = router.write(tenantId, async (table) => table);
  expect(await router.read(tenantId, async (table) => table)).toBe(source);
  await change(tenantId, (route) => reopen(route, { migrationId, leaseMs: LEASE_MS }));
  expect(await writing).toBe(source);
});

test('the SDK sends nothing once the lease has ended, even in a process that was busy until then', async () => {
  const { tenantId, source } = await tenantInTwoTables();
  const router = new TenantRouter({ client });
  const put = (table: string, entityKey: string, abortSignal: AbortSignal) =>
    documents.send(new PutCommand({ TableName: table, Item: { tenantId, entityKey } }), { abortSignal });
  const error = await router
    .write(tenantId, async (table, { signal }) => {
      await put(table, 'IN-TIME', signal);
      // busy for the rest of the lease: no timer fires before the next call is sent
      const until = performance.now() + LEASE_MS;
      while (performance.now() < until);
      await put(table, 'TOO-LATE', signal);
    })
    .catch((thrown) => thrown);
  expect(error).toBeInstanceOf(TenantLeaseExpired);
  expect(error.cause).toMatchObject({ name: 'AbortError' });
  expect((await itemsOf(source, tenantId)).map(({ entityKey }) => entityKey?.S)).toEqual(['IN-TIME']);
});

test('a tenant that was never added has no route, and in another routes table no tenant has one', async () => {
  const router = new TenantRouter({ client });
  await expect(router.read('unknown', async () => {})).rejects.toThrow(TenantRouteNotFound);
  const { tenantId } = await tenantInTwoTables();
  const elsewhere = new TenantRouter({ client: documents, routesTable: 'other-tenant-routes' });
  await expect(elsewhere.read(tenantId, async () => {})).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});
