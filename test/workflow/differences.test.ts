import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Item, keyOf } from '../../functions/migration/items/items.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { entityKey, type TableName, type TenantId, tableName } from '../../functions/migration/names.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import type { Report } from '../../functions/migration/report/report.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, controlState, ended, itemsOf } from '../support/tenants.ts';
import { STRICT } from '../support/test-stack.ts';
import { until } from '../support/until.ts';

const TARGET = tableName('saas-tenant-data-advanced');

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack({}, { strict: STRICT });
});
afterAll(() => stack.stop());

const migrate = async (tenantId: TenantId) => {
  const { ports } = stack;
  const request = { tenantId, toTier: 'advanced', requestedBy: 'test', reason: 'test' };
  const migration = await ended(ports, (await requestMigration(ports, request)).migrationId);
  return { migration, report: await ports.migrations.report(migration.migrationId) };
};
/** Changes one item, deletes another and adds a third, in one table. */
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
/** Operators read the step's own error, even if a Map fails with that of its threshold. */
const expectReasonReported = async (
  { migrationId, attempt, failure }: Migration,
  report: Report | undefined,
) => {
  const { error = '', cause = '' } = failure ?? {};
  expect(report?.notes).toContain(`failed: ${error}: ${cause}`);
  const events = await stack.ports.migrations.events(migrationId);
  expect(events.map(({ reason }) => reason)).toContain(`a step failed: ${error}: ${cause}`);
  expect(await stack.ports.workflow.stoppedBy(migrationId, attempt)).toEqual({ error, cause });
};
const checksum = expect.stringMatching(/^[0-9a-f]{64}$/);

describe('writes of another process to the target before the flip', () => {
  test.each(['CompareSegment', 'ApplyJournal', 'CatchUp', 'CutOver'])(
    'at %s: they are shown with both hashes, stay, and nothing is flipped',
    async (state) => {
      const { ports } = stack;
      const id = `foreign-${state.toLowerCase()}`;
      const { tenantId, table, items } = await addTenant(ports, { tenantId: id, items: 100 });
      const before = await controlState(ports);
      const keys = { changed: '', removed: '', extra: '' };
      stack.before(state, async () => {
        Object.assign(keys, await meddle(tenantId, TARGET, items));
      });
      const { migration, report } = await migrate(tenantId);
      expect(migration).toMatchObject({ status: 'rolledBack', failure: { error: 'ForeignWrite' } });
      await expectReasonReported(migration, report);
      const foreign = [...(report?.foreign ?? [])].sort((a, b) => a.kind.localeCompare(b.kind));
      // a deleted item is put again: this loses no item of the other process
      expect(foreign.filter(({ kind }) => kind !== 'missing')).toEqual([
        { key: keys.changed, kind: 'different', source: checksum, target: checksum },
        { key: keys.extra, kind: 'extra', target: checksum },
      ]);
      expect((await itemsOf(ports, tenantId, TARGET)).map(keyOf)).toEqual([keys.extra, keys.changed].sort());
      expect(await itemsOf(ports, tenantId, table)).toEqual(items);
      expect(await controlState(ports)).toEqual(before);
    },
  );
});

test('a source that changed after the flip is kept, with the keys, their kinds and both hashes in the report', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'straggling', items: 100 });
  const keys = { changed: '', removed: '', extra: '' };
  stack.before('CheckHold', async () => {
    Object.assign(keys, await meddle(tenantId, table, items));
    // the stream has delivered it
    await until('3 changes in the journal', async () => {
      const journalled = await ports.journal.entries((await latest(tenantId)).migrationId, 'source', 10);
      return journalled.filter(({ key }) => !key.includes('tierferry')).length >= 3;
    });
  });
  const { migration, report } = await migrate(tenantId);
  expect(migration).toMatchObject({ status: 'holding', failure: { error: 'SourceChangedAfterFlip' } });
  expect([...(report?.foreign ?? [])].sort((a, b) => a.kind.localeCompare(b.kind))).toEqual([
    { key: keys.changed, kind: 'different', source: checksum, target: checksum },
    { key: keys.removed, kind: 'extra', target: checksum },
    { key: keys.extra, kind: 'missing', source: checksum },
  ]);
  expect(await itemsOf(ports, tenantId, table)).toHaveLength(100);
  expect(await itemsOf(ports, tenantId, TARGET)).toEqual(items);
  expect((await ports.routes.get(tenantId))?.table).toBe(TARGET);
  // while its items are nowhere else, the source stays
  await retryMigration(ports, migration.migrationId, 'test');
  expect(await ended(ports, migration.migrationId)).toMatchObject({ status: 'holding' });
  expect(await itemsOf(ports, tenantId, table)).toHaveLength(100);
  // once the target has what the source has, a retry cleans up
  const wanted = (await itemsOf(ports, tenantId, table)).filter((item) =>
    [keys.changed, keys.extra].includes(keyOf(item)),
  );
  await ports.partition(tenantId).write(TARGET, { puts: wanted, deletes: [] });
  await retryMigration(ports, migration.migrationId, 'test');
  expect((await ended(ports, migration.migrationId)).status).toBe('completed');
  expect(await itemsOf(ports, tenantId, table)).toEqual([]);
  expect(await itemsOf(ports, tenantId, TARGET)).toHaveLength(101);
});

test('a write to the source after the flip is reported once, even if it was undone', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'undone', items: 100 });
  const stray = { tenantId: { S: tenantId }, entityKey: { S: 'SCHOOL#stray' } };
  stack.before('CheckHold', async () => {
    const partition = ports.partition(tenantId);
    await partition.write(table, { puts: [stray], deletes: [] });
    await partition.write(table, { puts: [], deletes: [entityKey('SCHOOL#stray')] });
    const { migrationId } = await latest(tenantId);
    await until(
      'the straggler in the journal',
      async () => (await ports.journal.journalledAmong(migrationId, 'source', [keyOf(stray)])).size > 0,
    );
  });
  const { migration, report } = await migrate(tenantId);
  expect(migration).toMatchObject({ status: 'holding', failure: { error: 'SourceChangedAfterFlip' } });
  expect(report?.foreign.map(({ key }) => key)).toEqual([keyOf(stray)]);
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
  await retryMigration(ports, migration.migrationId, 'test');
  expect((await ended(ports, migration.migrationId)).status).toBe('completed');
});

test('an item that is written to the source during its deletion stays, and stops the clean-up', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'late', items: 100 });
  const late = { tenantId: { S: tenantId }, entityKey: { S: 'STUDENT#000099-late' } };
  stack.before('CleanUpSegment', async () => {
    await ports.partition(tenantId).write(table, { puts: [late], deletes: [] });
  });
  const { migration, report } = await migrate(tenantId);
  expect(migration).toMatchObject({ status: 'cleaningUp', failure: { error: 'SourceChangedAfterFlip' } });
  expect(await itemsOf(ports, tenantId, table)).toContainEqual(late);
  expect(report?.notes.join()).toContain('SourceChangedAfterFlip');
  await ports.partition(tenantId).write(table, { puts: [], deletes: [keyOf(late)] });
  await retryMigration(ports, migration.migrationId, 'test');
  expect((await ended(ports, migration.migrationId)).status).toBe('completed');
  expect(await itemsOf(ports, tenantId, table)).toEqual([]);
});

const latest = async (tenantId: TenantId) => {
  for await (const one of stack.ports.migrations.list({ tenantId })) return one;
  throw new Error(`no migration of ${tenantId}`);
};
