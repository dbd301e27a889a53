import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import type { TableName, TenantId } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { systemClock } from '../../functions/router/clock.ts';
import { TenantLeaseExpired, TenantRouter } from '../../functions/router/tenant-router.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';

/*
 * A process of the application takes a lease. Then its machine is suspended, like a Lambda environment between two
 * invocations or a hibernated instance. Meanwhile the tenant is moved and its source is deleted. Then the machine continues.
 * Its monotonic clock has stood still, so by that clock alone the old lease would never end.
 */

const clockOfSuspendedMachine = { ...systemClock, monotonic: () => 0 };
const [WRITTEN, UNTOUCHED] = ['STUDENT#000010', 'STUDENT#000011'];

let stack: PlantedStack;
let client: DynamoDBClient;
let tenantId: TenantId;
let source: TableName;
let target: TableName | undefined;
let suspended: TenantRouter;
/** Outcomes of writes that were under way during the suspension: a value or an error. */
let late: unknown;
let cutOff: unknown;

beforeAll(async () => {
  stack = await startPlantedStack({ leaseMs: 3_000, cutoverLeaseMs: 500 });
  // the SDK must not retry: that would be a second write
  client = dynamoClient({ ...stack.client, maxAttempts: 1 });
  ({ tenantId, table: source } = await addTenant(stack.ports, { tenantId: 'suspended', items: 20 }));
  suspended = new TenantRouter({ client, clock: clockOfSuspendedMachine });
  expect(await write(suspended, WRITTEN, 'before')).toBe(source);
  const resumed = Promise.withResolvers<void>();
  const inFlight = [
    beginWrite(async (put) => {
      await put('NEW#1', 'before');
      await resumed.promise;
    }),
    beginWrite(async (put) => {
      await put('NEW#2', 'before');
      await resumed.promise;
      await put('NEW#2', 'after');
    }),
  ];
  await Promise.all(inFlight.map(({ sent }) => sent));

  const request = { tenantId, toTier: 'advanced', holdMs: 0, requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(stack.ports, request);
  const migration = await ended(stack.ports, migrationId);
  expect(migration.status).toBe('completed');
  target = migration.target.table;
  resumed.resolve();
  [late, cutOff] = await Promise.all(inFlight.map(({ outcome }) => outcome));
});
afterAll(async () => {
  client?.destroy();
  await stack?.stop();
});

const keyOf = (entityKey: string) => ({ tenantId: { S: tenantId }, entityKey: { S: entityKey } });

const putInto = (TableName: string, abortSignal: AbortSignal) => async (entityKey: string, value: string) => {
  const put = new PutItemCommand({ TableName, Item: { ...keyOf(entityKey), value: { S: value } } });
  await client.send(put, { abortSignal });
};

/** Writes a key. @returns the table to which it was written. */
const write = (router: TenantRouter, entityKey: string, value: string): Promise<string> =>
  router.write(tenantId, async (table, { signal }) => {
    await putInto(table, signal)(entityKey, value);
    return table;
  });

/** Begins a write in the process that is to be suspended. `sent` resolves after its first put. */
const beginWrite = (operation: (put: ReturnType<typeof putInto>) => Promise<void>) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const outcome = suspended
    .write(tenantId, async (table, { signal }) => {
      const put = putInto(table, signal);
      await operation(async (...given) => {
        await put(...given);
        resolve();
      });
      return table;
    })
    .catch((error: unknown) => error);
  return { sent: Promise.race([promise, outcome]), outcome };
};

const read = (router: TenantRouter, entityKey: string) =>
  router.read(tenantId, async (TableName, { signal: abortSignal }) => {
    const get = new GetItemCommand({ TableName, Key: keyOf(entityKey), ConsistentRead: true });
    const { Item } = await client.send(get, { abortSignal });
    return { table: TableName, value: Item?.value?.S, number: Item?.number?.N };
  });

test('F1: a process that was suspended during a whole migration writes to and reads from the live table', async () => {
  expect(await read(suspended, UNTOUCHED)).toMatchObject({ table: target, number: '11' });
  expect(await write(suspended, WRITTEN, 'after')).toBe(target);
  expect(await read(new TenantRouter({ client }), WRITTEN)).toMatchObject({ table: target, value: 'after' });
});

test('F17: a write under way that succeeds late is reported as unknown, not as done', async () => {
  expect(late).toBeInstanceOf(TenantLeaseExpired);
  expect(late).toMatchObject({ succeeded: true, result: source });
  expect(await read(suspended, 'NEW#1')).toMatchObject({ table: target, value: 'before' });
});

test('F1: a write under way sends nothing more', async () => {
  expect(cutOff).toBeInstanceOf(TenantLeaseExpired);
  expect(cutOff).toMatchObject({ succeeded: false, cause: { name: 'AbortError' } });
  expect(await read(suspended, 'NEW#2')).toMatchObject({ table: target, value: 'before' });
});

test('F1: the source stays as its clean-up left it', async () => {
  expect(await itemsOf(stack.ports, tenantId, source)).toEqual([]);
});
