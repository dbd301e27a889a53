import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyOf } from '../../functions/migration/items/items.ts';
import { tableName } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { SENTINEL_WORD } from '../../functions/router/sentinel.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, itemsOf, putAll } from '../support/tenants.ts';

/**
 * Items of the application whose keys contain the word of our sentinels. An earlier version left them behind or deleted
 * them without a message.
 */

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack({ holdMs: 0, fencedComparisonMs: 0 });
});
afterAll(() => stack.stop());

const TARGET = tableName('saas-tenant-data-advanced');
const reserved = (tenantId: string) => ({
  tenantId: { S: tenantId },
  entityKey: { S: `STUDENT#${SENTINEL_WORD}mine` },
  name: { S: 'Ana' },
});
const migrated = async (tenantId: string) => {
  const request = { tenantId, toTier: 'advanced', requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(stack.ports, request);
  return ended(stack.ports, migrationId);
};

test('security 2: a tenant with such a key does not move, and the plan names the key', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'imports', items: 60 });
  const item = reserved(tenantId);
  await putAll(ports, tenantId, table, [item]);
  const migration = await migrated(tenantId);
  expect(migration).toMatchObject({ status: 'failed', failure: { error: 'MigrationBlocked' } });
  expect(JSON.stringify(migration)).not.toContain('mine');
  const plan = await ports.migrations.plan(migration.migrationId);
  expect(plan).toMatchObject({ items: 61 });
  expect(plan?.findings).toEqual([
    expect.objectContaining({ code: 'reserved-key', items: 1, keys: [keyOf(item)] }),
  ]);
  expect(await ports.partition(tenantId).get(table, [keyOf(item)])).toEqual([item]);
  expect(await itemsOf(ports, tenantId, TARGET)).toEqual([]);
  // once the item has another key
  await ports.partition(tenantId).write(table, { puts: [], deletes: [keyOf(item)] });
  expect((await migrated(tenantId)).status).toBe('completed');
  expect(await itemsOf(ports, tenantId, TARGET)).toEqual(items);
});

test('an item that arrives after the plan makes the migration roll back, and stays where it is', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'late', items: 60 });
  const item = reserved(tenantId);
  stack.before('CompareSegment', () => putAll(ports, tenantId, table, [item]));
  const migration = await migrated(tenantId);
  expect(migration.status).toBe('rolledBack');
  expect(JSON.stringify(migration)).not.toContain('mine');
  expect(await ports.partition(tenantId).get(table, [keyOf(item)])).toEqual([item]);
  expect((await ports.routes.get(tenantId))?.table).toBe(table);
  expect(await itemsOf(ports, tenantId, TARGET)).toEqual([]);
});

test('an item that the application puts after the flip stays, and the migration completes', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'after', items: 60 });
  const item = reserved(tenantId);
  stack.before('CompareKeptSegment', () => putAll(ports, tenantId, TARGET, [item]));
  expect((await migrated(tenantId)).status).toBe('completed');
  expect(await ports.partition(tenantId).get(TARGET, [keyOf(item)])).toEqual([item]);
  expect(await itemsOf(ports, tenantId, table)).toEqual([]);
});
