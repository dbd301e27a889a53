import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { StragglersFound } from '../../functions/migration/errors.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import { keyOf } from '../../functions/migration/items/items.ts';
import {
  entityKey,
  epochMs,
  type MigrationId,
  type TableName,
  type TenantId,
  tableName,
} from '../../functions/migration/names.ts';
import { abandonRollback } from '../../functions/migration/operator/abandon-rollback.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, itemsOf, untilFlipped } from '../support/tenants.ts';
import { until } from '../support/until.ts';

const TARGET = tableName('saas-tenant-data-advanced');
const KEY = entityKey('STUDENT#000020');
const said = { by: 'ops', reason: 'reports are slow' };

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack();
});
afterAll(() => stack.stop());
afterEach(() => {
  stack.plant();
  stack.alter();
});

/** Migrates a tenant up to its hold. */
const held = async (id: string) => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: id, items: 60 });
  const request = { tenantId, toTier: 'advanced', holdMs: 600_000, requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(ports, request);
  await untilFlipped(ports, migrationId);
  return { ports, tenantId, table, migrationId };
};
const itemWith = (tenantId: TenantId, value: string): Item => ({
  tenantId: { S: tenantId },
  entityKey: { S: KEY },
  value: { S: value },
});
/** Writes the key, and waits until capture has journalled it on that side. */
const write = async (
  { tenantId, migrationId }: { tenantId: TenantId; migrationId: MigrationId },
  table: TableName,
  value: string,
): Promise<void> => {
  await stack.ports.partition(tenantId).write(table, { puts: [itemWith(tenantId, value)], deletes: [] });
  const side = table === TARGET ? 'target' : 'source';
  await until(
    'the change in the journal',
    async () => (await stack.ports.journal.journalledAmong(migrationId, side, [KEY])).size > 0,
  );
};
const valueIn = async (tenantId: TenantId, table: TableName) =>
  (await itemsOf(stack.ports, tenantId, table)).find((item) => keyOf(item) === KEY)?.value?.S;

test('F11, data F3: a rollback that finds a straggler is refused with its key, or runs with the target’s value', async () => {
  const tenant = await held('refused');
  const { ports, tenantId, table, migrationId } = tenant;
  await write(tenant, TARGET, 'by the application');
  await write(tenant, table, 'past the router');
  const refused = await rollbackMigration(ports, migrationId, said).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StragglersFound);
  expect(refused).toMatchObject({ keys: [KEY], message: expect.not.stringContaining(KEY) });
  expect(await ports.migrations.get(migrationId)).toMatchObject({ status: 'holding', attempt: 1 });
  const report = await ports.migrations.report(migrationId);
  expect(report?.foreign.map(({ key }) => key)).toEqual([KEY]);
  await rollbackMigration(ports, migrationId, said, { discardStragglers: true });
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'rolledBack' });
  expect(await valueIn(tenantId, table)).toBe('by the application');
  expect((await ports.migrations.events(migrationId)).map(({ reason }) => reason)).toContain(
    'rollback, 1 straggler discarded: reports are slow',
  );
});

test('F11: a straggler that arrives during a rollback returns the migration to its hold, with a report', async () => {
  const tenant = await held('during');
  const { ports, tenantId, table, migrationId } = tenant;
  stack.before('CutOverReverse', () => write(tenant, table, 'past the router'));
  await rollbackMigration(ports, migrationId, said);
  const stopped = await ended(ports, migrationId);
  expect(stopped).toMatchObject({ status: 'holding', failure: { error: 'ForeignWrite' } });
  expect(stopped).not.toHaveProperty('cancellation');
  expect(await ports.routes.get(tenantId)).toMatchObject({ table: TARGET, writes: 'open' });
  const report = await ports.migrations.report(migrationId);
  expect(report).toMatchObject({ outcome: 'holding', foreign: [{ key: KEY, kind: 'different' }] });
  // the operator keeps the source's value, and rolls back again
  await expect(rollbackMigration(ports, migrationId, said)).rejects.toThrow(StragglersFound);
  await write(tenant, TARGET, 'past the router');
  await rollbackMigration(ports, migrationId, said);
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'rolledBack' });
  expect(await valueIn(tenantId, table)).toBe('past the router');
});

test('F11: a rollback that cannot be finished shows the reason and can be abandoned; the migration then completes', async () => {
  const tenant = await held('abandoned');
  const { ports, tenantId, table, migrationId } = tenant;
  await write(tenant, TARGET, 'by the application');
  // by then the change has been applied to the kept source
  stack.plant({ state: 'CatchUpReverse', when: 'after' });
  await rollbackMigration(ports, migrationId, said);
  expect(await ended(ports, migrationId)).toMatchObject({
    status: 'rollingBack',
    failure: { error: 'Planted', cause: 'after CatchUpReverse' },
  });
  expect((await ports.migrations.report(migrationId))?.notes.join()).toContain('after CatchUpReverse');
  expect(await valueIn(tenantId, table)).toBe('by the application');
  stack.plant();
  stack.alter('CheckHold', (given) => ({
    ...given,
    clock: { ...given.clock, now: () => epochMs(Date.now() + 3_600_000) },
  }));
  await abandonRollback(ports, migrationId, said);
  const completed = await ended(ports, migrationId);
  expect(completed).toMatchObject({ status: 'completed', attempt: 3 });
  expect((await ports.routes.get(tenantId))?.table).toBe(TARGET);
  expect(await valueIn(tenantId, TARGET)).toBe('by the application');
  expect(await itemsOf(ports, tenantId, table)).toEqual([]);
});
