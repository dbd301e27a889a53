import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { entityKey } from '../../functions/migration/names.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { addTenant, ended, untilFlipped } from '../support/tenants.ts';
import { until } from '../support/until.ts';
import { KEY, type ShardedWorld, said, startShardedWorld, TARGET, withSettings } from './sharded-world.ts';

let world: ShardedWorld;
beforeAll(async () => {
  world = await startShardedWorld();
});
afterAll(() => world.stack.stop());
beforeEach(() => world.stack.alter());

test('F3: if a key first differs under the fence, the cutover waits until its change arrives', async () => {
  const { ports } = world.stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'unexplained', items: 60 });
  world.stack.alter('CutOver', withSettings({ fencedComparisonMs: 60_000 }));
  world.stack.before('CutOver', async () => {
    world.shards.lag({ tenantId, keys: [KEY] });
    await world.write(tenantId, table, KEY, 'acknowledged');
  });
  const { migrationId } = await world.request(tenantId);
  await until('the cutover to be given up', async () =>
    (await ports.migrations.events(migrationId)).some(({ reason }) => reason.includes('reopened')),
  );
  await world.shards.catchUp({ tenantId });
  await untilFlipped(ports, migrationId);
  expect(await world.valueIn(tenantId, TARGET, KEY)).toBe('acknowledged');
});

test('F2: a rollback before the comparison after the flip overwrites nothing that the target may have missed', async () => {
  const { ports } = world.stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'early', items: 60 });
  // a write that is acknowledged before the flip, in a lagging shard
  world.stack.before('CutOver', async () => {
    world.shards.lag({ tenantId, keys: [KEY] });
    await world.write(tenantId, table, KEY, 'missed by the target');
  });
  const { migrationId } = await world.request(tenantId);
  await untilFlipped(ports, migrationId);
  await rollbackMigration(ports, migrationId, said);
  expect(await ended(ports, migrationId)).toMatchObject({
    status: 'holding',
    failure: { error: 'ForeignWrite' },
  });
  expect(await world.valueIn(tenantId, table, KEY)).toBe('missed by the target');
  const report = await ports.migrations.report(migrationId);
  expect(report?.foreign.map(({ key }) => key)).toEqual([KEY]);
  await world.shards.catchUp({ tenantId });
});

test('F2: a rollback keeps the target until it equals the live source, and stops if it does not', async () => {
  const { ports } = world.stack;
  const { tenantId, table, migrationId } = await world.flipped('kept-target');
  world.stack.before('CutOverReverse', async () => {
    world.shards.lag({ tenantId, keys: [KEY] });
    await world.write(tenantId, TARGET, KEY, 'acknowledged right before the fence');
  });
  await rollbackMigration(ports, migrationId, said);
  const stopped = await ended(ports, migrationId);
  expect(stopped).toMatchObject({ status: 'rollingBack', failure: { error: 'VerificationMismatch' } });
  expect(await world.valueIn(tenantId, TARGET, KEY)).toBe('acknowledged right before the fence');
  const report = await ports.migrations.report(migrationId);
  expect(report?.differences.map(({ key, kind }) => [key, kind])).toEqual([[KEY, 'different']]);
  await world.write(tenantId, table, KEY, 'acknowledged right before the fence');
  await world.shards.catchUp({ tenantId });
  // its old image is not what the target has: that must not stop the retry of an operator who was told to write it
  await until(
    'the first change of the key on the source',
    async () => (await ports.journal.firstChangesOf(migrationId, 'source', [entityKey(KEY)])).length > 0,
  );
  await retryMigration(ports, migrationId, 'ops');
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'rolledBack' });
  expect(await world.valueIn(tenantId, table, KEY)).toBe('acknowledged right before the fence');
  expect(await ports.partition(tenantId).get(TARGET, [entityKey(KEY)])).toEqual([]);
});

test('F3: a rollback stops at a write that the source missed, although the application has written the key since', async () => {
  const { ports } = world.stack;
  const { tenantId, table, migrationId } = await world.flipped('missed-back');
  world.stack.before('CutOverReverse', async () => {
    world.shards.lag({ tenantId, keys: [KEY], table: TARGET });
    await world.write(tenantId, TARGET, KEY, 'acknowledged right before the fence');
  });
  world.stack.before('CompareTargetSegment', async () => {
    await world.write(tenantId, table, KEY, 'written since');
    await until(
      'the change in the journal',
      async () => (await ports.journal.journalledAmong(migrationId, 'source', [entityKey(KEY)])).size > 0,
    );
  });
  await rollbackMigration(ports, migrationId, said);
  const stopped = await ended(ports, migrationId);
  expect(stopped).toMatchObject({ status: 'rollingBack', failure: { error: 'VerificationMismatch' } });
  expect(stopped.failure?.cause).toMatch(/missed writes .* may be newer/);
  expect(await world.valueIn(tenantId, TARGET, KEY)).toBe('acknowledged right before the fence');
  expect((await ports.migrations.report(migrationId))?.foreign).toMatchObject([
    { key: KEY, kind: 'different' },
  ]);
  await world.shards.catchUp({ tenantId });
  await retryMigration(ports, migrationId, 'ops');
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'rolledBack' });
  expect(await world.valueIn(tenantId, table, KEY)).toBe('written since');
  expect(await ports.partition(tenantId).get(TARGET, [entityKey(KEY)])).toEqual([]);
});
