import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Item, keyOf } from '../../functions/migration/items.ts';
import { entityKey, type TableName, type TenantId, tableName } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/triggers/request-migration.ts';
import { retryMigration } from '../../functions/migration/triggers/retry-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';

const TARGET = tableName('saas-tenant-data-advanced');

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack();
});
afterAll(() => stack.stop());

const migrate = async (tenantId: TenantId) => {
  const { ports } = stack;
  const request = { tenantId, toTier: 'advanced', requestedBy: 'test', reason: 'test' };
  const migration = await ended(ports, (await requestMigration(ports, request)).migrationId);
  return { migration, report: await ports.migrations.report(migration.migrationId) };
};
/** Changes one item, removes another and adds a third, in one table. */
const meddle = async (tenantId: TenantId, table: TableName, items: readonly Item[]) => {
  const [changed, removed] = [items[3], items[50]];
  if (!changed || !removed) throw new Error('too few items');
  const extra = { tenantId: { S: tenantId }, entityKey: { S: 'SCHOOL#stray' } };
  await stack.ports.partition(tenantId).write(table, {
    puts: [{ ...changed, note: { S: 'another' } }, extra],
    deletes: [keyOf(removed)],
  });
  return { changed: keyOf(changed), removed: keyOf(removed), extra: keyOf(extra) };
};

test('what differs on the target is repaired from the source under the fence', async () => {
  const { ports } = stack;
  const { tenantId, items } = await addTenant(ports, { tenantId: 'repaired', items: 100 });
  stack.before('FenceWrites', async () => {
    await meddle(tenantId, TARGET, items);
  });
  const { migration, report } = await migrate(tenantId);
  expect(migration.status).toBe('completed');
  expect(report).toMatchObject({ verified: { repaired: 3 }, differing: 0 });
  expect(await itemsOf(ports, tenantId, TARGET)).toEqual(items);
});

test('a source that changed after the flip is kept, with the keys and their kinds in the report', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'straggling', items: 100 });
  const keys = { changed: '', removed: '', extra: '' };
  stack.before('CheckHold', async () => {
    Object.assign(keys, await meddle(tenantId, table, items));
  });
  const { migration, report } = await migrate(tenantId);
  expect(migration).toMatchObject({ status: 'holding', failure: { error: 'SourceChangedAfterFlip' } });
  expect(report?.differing).toBe(3);
  expect([...(report?.differences ?? [])].sort((a, b) => a.kind.localeCompare(b.kind))).toEqual([
    { key: keys.changed, kind: 'different' },
    { key: keys.removed, kind: 'extra' },
    { key: keys.extra, kind: 'missing' },
  ]);
  expect(await itemsOf(ports, tenantId, table)).toHaveLength(100);
  expect(await itemsOf(ports, tenantId, TARGET)).toEqual(items);
  expect((await ports.routes.get(tenantId))?.table).toBe(TARGET);
  // once the source is again what was flipped, a retry cleans up
  await ports.partition(tenantId).write(table, {
    puts: items.filter((item) => [keys.changed, keys.removed].includes(keyOf(item))),
    deletes: [entityKey(keys.extra)],
  });
  await retryMigration(ports, migration.migrationId, 'test');
  expect((await ended(ports, migration.migrationId)).status).toBe('completed');
  expect(await itemsOf(ports, tenantId, table)).toEqual([]);
});

test('an item that comes to the source while it is deleted stays, and stops the clean-up', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'late', items: 100 });
  const late = { tenantId: { S: tenantId }, entityKey: { S: 'STUDENT#000099-late' } };
  stack.before('CleanUpSegment', async () => {
    await ports.partition(tenantId).write(table, { puts: [late], deletes: [] });
  });
  const { migration, report } = await migrate(tenantId);
  expect(migration).toMatchObject({ status: 'cleaningUp', failure: { error: 'SourceChangedAfterFlip' } });
  expect(await itemsOf(ports, tenantId, table)).toContainEqual(late);
  expect(report?.notices.join()).toContain('SourceChangedAfterFlip');
  await ports.partition(tenantId).write(table, { puts: [], deletes: [keyOf(late)] });
  await retryMigration(ports, migration.migrationId, 'test');
  expect((await ended(ports, migration.migrationId)).status).toBe('completed');
  expect(await itemsOf(ports, tenantId, table)).toEqual([]);
});
