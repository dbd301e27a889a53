import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { byKeyOrder, type Item } from '../../functions/migration/items/items.ts';
import { layoutOf } from '../../functions/migration/items/key-layout.ts';
import { isSentinel } from '../../functions/migration/items/sentinel.ts';
import type { MigrationId, TenantId } from '../../functions/migration/names.ts';
import { registerTenant } from '../../functions/migration/operator/register-tenant.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { routedClient, TenantRouter } from '../../functions/router/router.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { ended, itemsOf, putAll, untilFlipped } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';

/*
 * A table design of another application: other key names, a tenant of 16 partitions, ids with characters that no table name
 * has, and projects that count for the limits. A tenant is moved forward and rolled back while the application writes all of
 * its partitions through the routed client, and then moved to a dedicated table to the end.
 */

const TABLE = 'project-data';
const PARTITIONS = 16;
const KEYS = { partitionKey: 'PK', sortKey: 'SK', template: 'TENANT#{tenant}#{0..15}' };
const key = (name: string) => ({ name, type: 'S' as const });
const SETTINGS = parseSettings({
  tenantIds: 'session-tag',
  counted: { prefix: 'PROJECT#', label: 'project' },
  tableDesign: {
    keys: KEYS,
    typeAttribute: 'type',
    indexes: [
      { name: 'by-type', partitionKey: key('GSI1PK'), sortKey: key('SK'), projection: 'KEYS_ONLY' },
      { name: 'by-owner', partitionKey: key('owner'), sortKey: key('PK') },
    ],
    streamView: 'NEW_AND_OLD_IMAGES',
    pointInTimeRecovery: true,
    deletionProtection: false,
  },
});
const layout = layoutOf(SETTINGS);
const note = { by: 'test', reason: 'test' };

let stack: Stack;
beforeAll(async () => {
  const { tenantIds, counted, tableDesign } = SETTINGS;
  stack = await startTestStack({
    countsSchools: false,
    overrides: { waits: SHORT_WAITS },
    settings: {
      ...{ tenantIds, counted, tableDesign, pageItems: 40 },
      // half of a lease is enough for a request, also on a busy machine
      ...{ leaseMs: 6_000, cutoverLeaseMs: 4_000, maxFenceMs: 120_000 },
    },
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());

/** Returns items of a tenant. Some partitions get none, others more than a page. */
const someItems = (tenantId: TenantId): Item[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => partition).flatMap((partition) =>
    Array.from({ length: partition % 4 === 3 ? 0 : 3 + partition }, (_item, n): Item => {
      const type = n === 0 ? 'PROJECT' : 'TASK';
      return {
        ...layout.wireKey(tenantId, layout.keyAt(partition, `${type}#${partition}-${n}`)),
        type: { S: type },
        GSI1PK: { S: `TENANT#${tenantId}#${type}` },
        owner: { S: `TENANT#${tenantId}#OWNER#${n % 3}` },
        note: { S: 'x'.repeat(50 * n) },
      };
    }),
  );

const addTenant = async (tenantId: string) => {
  const { ports } = stack;
  const tenant = await registerTenant(ports, {
    ...{ tenantId, name: tenantId, tier: 'basic', schoolCount: 9, by: 'test' },
  });
  const items = someItems(tenant.tenantId).sort((a, b) => byKeyOrder(layout.keyOf(a), layout.keyOf(b)));
  await putAll(ports, tenant.tenantId, tenant.table, items);
  return { tenantId: tenant.tenantId, table: tenant.table, items };
};

/** An application that puts, reads and deletes an item in one of the tenant's partitions after the other. */
const startApplication = (documents: DynamoDBDocumentClient, tenantId: TenantId) => {
  const failed: string[] = [];
  const written = new Map<string, number>();
  let rounds = 0;
  let isStopped = false;
  const use = async (PK: string, n: number) => {
    const Key = { PK, SK: 'TASK#used' };
    await documents.send(new PutCommand({ TableName: TABLE, Item: { ...Key, n } }));
    written.set(PK, n);
    const { Item: found } = await documents.send(
      new GetCommand({ TableName: TABLE, Key, ConsistentRead: true }),
    );
    if (found?.n !== n) failed.push(`${PK} has ${found?.n} after ${n}`);
    const brief = { PK, SK: `TASK#${n % 5}-brief` };
    await documents.send(new PutCommand({ TableName: TABLE, Item: brief }));
    await documents.send(new DeleteCommand({ TableName: TABLE, Key: brief }));
  };
  const run = async () => {
    for (; !isStopped; rounds += 1) {
      for (const value of layout.partitionValues(tenantId))
        await use(value, rounds + 1).catch((error) => failed.push(`${error.name}: ${error.message}`));
      await sleep(50);
    }
  };
  const running = run();
  return {
    failed,
    written,
    untilUsed: async () => {
      const before = rounds;
      await until('the application to use every partition', () => {
        expect(failed).toEqual([]);
        return rounds > before + 1;
      });
    },
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
};

const request = (tenantId: string, more: { toTier: string; dedicated?: boolean; holdMs: number }) =>
  requestMigration(stack.ports, { tenantId, ...more, requestedBy: 'test', reason: 'test' });

const segmentsOf = async (migrationId: MigrationId) => {
  const found: number[] = [];
  for await (const { range } of stack.ports.segments.list(migrationId))
    found.push(range.after === undefined ? 0 : layout.placeOf(range.after).partition);
  return found;
};

test('a tenant of 16 partitions is moved and rolled back as one while it is written, and then moved to the end', async () => {
  const { ports } = stack;
  const { tenantId, table: source, items } = await addTenant('Acme: a/b@example.org');
  // the id of the neighbour is the beginning of the other's
  const neighbour = await addTenant('Acme');
  const client = dynamoClient(stack.client);
  const router = new TenantRouter({ client, maxWriteWaitMs: 120_000 });
  const documents = routedClient(DynamoDBDocumentClient.from(client), { table: TABLE, router, keys: KEYS });
  const application = startApplication(documents, tenantId);
  let target: string | undefined;
  try {
    await application.untilUsed();
    const forward = await request(tenantId, { toTier: 'advanced', holdMs: 3_600_000 });
    await untilFlipped(ports, forward.migrationId);
    target = (await ports.routes.get(tenantId))?.table;
    expect(target).not.toBe(source);
    expect(new Set(await segmentsOf(forward.migrationId))).toEqual(
      new Set(Array.from({ length: PARTITIONS }, (_, n) => n)),
    );
    await application.untilUsed();
    await rollbackMigration(ports, forward.migrationId, note);
    expect((await ended(ports, forward.migrationId)).status).toBe('rolledBack');
    expect((await ports.routes.get(tenantId))?.table).toBe(source);
    await application.untilUsed();
  } finally {
    await application.stop();
    client.destroy();
  }
  expect(application.failed).toEqual([]);
  const live = await itemsOf(ports, tenantId, source);
  const isUsed = (item: Item) => item.SK?.S === 'TASK#used';
  expect(live.filter((item) => !isUsed(item))).toEqual(items);
  expect(new Map(live.filter(isUsed).map((item) => [item.PK?.S, Number(item.n?.N)]))).toEqual(
    application.written,
  );
  expect(live.filter((item) => isSentinel(layout.keyOf(item)))).toEqual([]);
  for (const { table } of (await ports.registry.allTables()).tables)
    if (table !== source) expect(await itemsOf(ports, tenantId, table)).toEqual([]);

  const { migrationId } = await request(tenantId, { toTier: 'premium', dedicated: true, holdMs: 0 });
  const moved = await ended(ports, migrationId);
  expect([moved.status, moved.target.table]).toEqual([
    'completed',
    'saas-tenant-data-premium-Acme.x3a.x20a.x2fb.x40example.x2eorg',
  ]);
  expect(await itemsOf(ports, tenantId, moved.target.table ?? source)).toEqual(live);
  expect(await itemsOf(ports, tenantId, source)).toEqual([]);
  expect(await itemsOf(ports, neighbour.tenantId, neighbour.table)).toEqual(neighbour.items);
  const plan = await ports.migrations.plan(migrationId);
  expect([plan?.schools, Object.keys(plan?.survey.byEntityType ?? {}).sort()]).toEqual([
    12,
    ['(none)', 'PROJECT', 'TASK'],
  ]);
}, 900_000);
