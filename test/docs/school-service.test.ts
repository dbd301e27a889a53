import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SchoolRecords } from '../../docs/examples/school-service/school-records.ts';
import { createService } from '../../docs/examples/school-service/service.ts';
import { epochMs, type MigrationId, type TenantId } from '../../functions/migration/names.ts';
import { fence, reopen } from '../../functions/migration/route/route.ts';
import { TenantRouter } from '../../functions/router/tenant-router.ts';
import { seedDemo } from '../../scripts/demo/seed.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { itemsOf } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

/*
 * These tests run the example of docs/examples/school-service on the embedded stack: the answers of its service, and
 * the whole example as a reader runs it.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DISTRICT = 'cedar-valley' as TenantId;
const ITEMS = 400;

let stack: Stack;
let client: DynamoDBClient;
let records: SchoolRecords;
beforeAll(async () => {
  stack = await startTestStack({ overrides: { waits: SHORT_WAITS } });
  await createTierTables(stack);
  await seedDemo(stack, { items: ITEMS, districts: 2 });
  client = new DynamoDBClient(stack.client);
  const documents = DynamoDBDocumentClient.from(client);
  records = new SchoolRecords(documents, new TenantRouter({ client, maxWriteWaitMs: 0 }));
});
afterAll(async () => {
  client?.destroy();
  await stack?.stop();
});

const put = (path: string, version: number, changeId: string) =>
  createService(records).request(path, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': changeId },
    body: JSON.stringify({ firstName: 'Ada', lastName: 'Lovelace', version }),
  });
const get = (path: string) => createService(records).request(path);

test('a change that is sent twice is made once, and a change of an older version is refused', async () => {
  const path = `/districts/${DISTRICT}/students/ada`;
  expect((await get(path)).status).toBe(404);
  const made = { firstName: 'Ada', lastName: 'Lovelace', version: 1, changeId: 'one' };
  expect(await (await put(path, 0, 'one')).json()).toEqual(made);
  expect(await (await put(path, 0, 'one')).json()).toEqual(made);
  expect((await put(path, 0, 'other')).status).toBe(409);
  expect((await put(path, 1, 'two')).status).toBe(200);
  expect(await (await get(path)).json()).toEqual({ ...made, version: 2, changeId: 'two' });
});

test('an unregistered district, and a change without its key, are refused', async () => {
  expect((await get('/districts/unknown/schools')).status).toBe(404);
  expect((await put(`/districts/${DISTRICT}/students/eve`, 0, '')).status).toBe(400);
});

test('under a fence reads are answered, and a write is answered with 503 and Retry-After', async () => {
  const path = `/districts/${DISTRICT}/students/grace`;
  expect((await put(path, 0, 'one')).status).toBe(200);
  const route = await stack.ports.routes.get(DISTRICT);
  if (!route) throw new Error('the district has no route');
  const migrationId = 'mig-1' as MigrationId;
  const fenced = fence(route, {
    migrationId,
    source: route.table,
    deadline: epochMs(Date.now() + 3_600_000),
  });
  await stack.ports.routes.compareAndSet(route, fenced);
  // this router has not cached the former route; the other router's lease may still be valid
  records = new SchoolRecords(
    DynamoDBDocumentClient.from(client),
    new TenantRouter({ client, maxWriteWaitMs: 0 }),
  );
  try {
    const refused = await put(path, 1, 'two');
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect((await get(path)).status).toBe(200);
  } finally {
    await stack.ports.routes.compareAndSet(fenced, reopen(fenced, { migrationId, leaseMs: route.leaseMs }));
  }
});

test('the example moves the district while its service is used, and loses no write', async () => {
  const source = (await stack.ports.routes.get(DISTRICT))?.table;
  if (!source) throw new Error('the district has no route');
  const child = spawn(
    process.execPath,
    ['--import', './scripts/examples/from-checkout.ts', 'docs/examples/school-service/move-while-used.ts'],
    { cwd: ROOT, env: { ...process.env, ...stack.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code] = await once(child, 'close');
  expect(output).toContain('Every acknowledged write was read back');
  expect(code, output).toBe(0);
  const target = (await stack.ports.routes.get(DISTRICT))?.table;
  expect(target).toBe('saas-tenant-data-advanced');
  expect(await itemsOf(stack.ports, DISTRICT, source)).toEqual([]);
  // besides the seeded items there are students that the tests and the example's four users added
  expect((await itemsOf(stack.ports, DISTRICT, 'saas-tenant-data-advanced' as typeof source)).length).toBe(
    ITEMS + 2 + 4,
  );
});
