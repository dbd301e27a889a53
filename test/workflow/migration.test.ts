import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, collect, controlState, ended, itemsOf } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startTestStack({
    countsSchools: false,
    overrides: { waits: SHORT_WAITS },
    settings: {
      pageItems: 40,
      leaseMs: 1,
      holdMs: 0,
      tiers: [
        { name: 'basic', placement: 'shared', maxSchools: 10, maxTenants: 100 },
        { name: 'advanced', placement: 'shared', maxSchools: 50, maxTenants: 2 },
        { name: 'premium', placement: 'shared', dedicatedOnRequest: true, maxSchools: 100, maxTenants: 20 },
        { name: 'enterprise', placement: 'dedicated', maxTenants: 1 },
      ],
    },
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());

const migrate = async (
  tenantId: string,
  toTier: string,
  options: { dedicated?: boolean; dryRun?: boolean } = {},
) => {
  const { migrationId } = await requestMigration(stack.ports, {
    tenantId,
    toTier,
    requestedBy: 'test',
    reason: 'test',
    ...options,
  });
  return ended(stack.ports, migrationId);
};

test('a tenant moves to a shared table of the next tier, complete, and leaves nothing behind', async () => {
  const { ports } = stack;
  const neighbour = await addTenant(ports, { tenantId: 'neighbour', items: 90 });
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'mover', items: 200 });

  const migration = await migrate('mover', 'advanced');

  expect(migration.failure).toBeUndefined();
  expect(migration.status).toBe('completed');
  const target = migration.target.table;
  expect(target).toBe('saas-tenant-data-advanced');
  expect(await itemsOf(ports, tenantId, target as typeof table)).toEqual(items);
  expect(await itemsOf(ports, tenantId, table)).toEqual([]);
  expect(await itemsOf(ports, neighbour.tenantId, table)).toEqual(neighbour.items);
  expect(await ports.routes.get(tenantId)).toMatchObject({ table: target, writes: 'open' });
  expect(await ports.registry.tenant(tenantId)).toMatchObject({
    tier: 'advanced',
    table: target,
    maxSchools: 50,
  });
  const report = await ports.migrations.report(migration.migrationId);
  expect(report).toMatchObject({
    outcome: 'completed',
    verified: { changed: 0, source: { items: 200 } },
    differing: 0,
  });
  expect(report?.verified?.source).toEqual(report?.verified?.target);
  expect(report?.keptSource?.afterHold).toEqual(report?.verified?.source);
  expect(report?.keptSource?.afterHold).toEqual(report?.keptSource?.atFlip);
});

test('occupancy follows the tenant, and the next shared table is created when all are full', async () => {
  const { ports } = stack;
  const before = await ports.registry.table((await addTenant(ports, { tenantId: 'second' })).table);
  await addTenant(ports, { tenantId: 'third' });
  expect((await migrate('second', 'advanced')).status).toBe('completed');
  const third = await migrate('third', 'advanced');

  expect(third.status).toBe('completed');
  expect(third.target.table).toBe('saas-tenant-data-advanced.2');
  const tables = await collect(ports.registry.tables());
  const advanced = tables
    .filter((table) => table.tier === 'advanced')
    .map(({ table, freeSlots, tenants, reserved, departing }) => ({
      table,
      freeSlots,
      tenants,
      reserved,
      departing,
    }));
  expect(advanced.sort((a, b) => a.table.localeCompare(b.table))).toEqual([
    { table: 'saas-tenant-data-advanced', freeSlots: 0, tenants: 2, reserved: 0, departing: 0 },
    { table: 'saas-tenant-data-advanced.2', freeSlots: 1, tenants: 1, reserved: 0, departing: 0 },
  ]);
  const basic = tables.find((table) => table.tier === 'basic');
  expect(basic?.tenants).toBe((before?.tenants ?? 0) - 1);
  expect((basic?.freeSlots ?? 0) + (basic?.tenants ?? 0)).toBe(100);
});

test('an enterprise tenant gets a dedicated table, and when it is back in premium that table is gone', async () => {
  const { ports } = stack;
  const { tenantId, items } = await addTenant(ports, { tenantId: 'grown', items: 200 });
  const up = await migrate('grown', 'enterprise');
  expect(up.status).toBe('completed');
  expect(up.target.table).toBe('saas-tenant-data-enterprise-grown');
  const down = await migrate('grown', 'premium');
  expect(down.status).toBe('completed');
  // DynamoDB Local has none; the strict layer has
  expect(down.finalBackup).toMatch(
    /engine has no backups|:table\/saas-tenant-data-enterprise-grown\/backup\//,
  );
  expect(await itemsOf(ports, tenantId, down.target.table as never)).toEqual(items);
  expect(await ports.tables.describe('saas-tenant-data-enterprise-grown' as never)).toBeUndefined();
  expect(await ports.registry.table('saas-tenant-data-enterprise-grown' as never)).toMatchObject({
    state: 'dropped',
  });
});

test('a premium tenant that requests it gets a dedicated table', async () => {
  await addTenant(stack.ports, { tenantId: 'wisher', items: 60 });
  const migration = await migrate('wisher', 'premium', { dedicated: true });
  expect(migration.status).toBe('completed');
  expect(migration.target.table).toBe('saas-tenant-data-premium-wisher');
});

test('an empty tenant moves as well', async () => {
  await addTenant(stack.ports, { tenantId: 'empty', items: 0 });
  const migration = await migrate('empty', 'premium');
  expect(migration.failure).toBeUndefined();
  expect(migration.status).toBe('completed');
});

test('two tenants that migrate at the same time between the same tables do not affect each other', async () => {
  const { ports } = stack;
  const a = await addTenant(ports, { tenantId: 'twin-a', items: 300 });
  const b = await addTenant(ports, { tenantId: 'twin-b', items: 250 });
  const [first, second] = await Promise.all([migrate('twin-a', 'premium'), migrate('twin-b', 'premium')]);
  expect([first.status, second.status]).toEqual(['completed', 'completed']);
  expect(first.target.table).toBe(second.target.table);
  expect(await itemsOf(ports, a.tenantId, first.target.table as never)).toEqual(a.items);
  expect(await itemsOf(ports, b.tenantId, first.target.table as never)).toEqual(b.items);
});

test('a target partition that already holds items is refused, and those items stay', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'haunted', items: 80 });
  const foreign = { tenantId: { S: 'haunted' }, entityKey: { S: 'SCHOOL#old' } };
  await ports
    .partition(tenantId)
    .write('saas-tenant-data-premium' as never, { puts: [foreign], deletes: [] });
  const before = await controlState(ports);
  const migration = await migrate('haunted', 'premium');
  expect(migration.status).toBe('failed');
  expect(migration.failure?.error).toBe('MigrationBlocked');
  expect(await itemsOf(ports, tenantId, 'saas-tenant-data-premium' as never)).toEqual([foreign]);
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
  expect(await controlState(ports)).toEqual(before);
});
