import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { entityKey } from '../../functions/migration/names.ts';
import { releaseCutover } from '../../functions/migration/operator/hold-cutover.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { addTenant, ended, untilFlipped } from '../support/tenants.ts';
import { until } from '../support/until.ts';
import {
  KEY,
  OTHER,
  type ShardedWorld,
  said,
  startShardedWorld,
  TARGET,
  withSettings,
} from './sharded-world.ts';

let world: ShardedWorld;
beforeAll(async () => {
  world = await startShardedWorld();
});
afterAll(() => world.stack.stop());
beforeEach(() => world.stack.alter());

test('F3: a touched key is compared under the fence, even if its shard is late', async () => {
  const { ports } = world.stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'touched', items: 60 });
  const { migrationId } = await world.request(tenantId, { holdCutover: true });
  await world.untilHeld(migrationId);
  await world.write(tenantId, table, KEY, 'first');
  await until(
    'the first change to be applied',
    async () => (await world.valueIn(tenantId, TARGET, KEY)) === 'first',
  );
  world.stack.before('CutOver', async () => {
    world.shards.lag({ tenantId, keys: [KEY] });
    await world.write(tenantId, table, KEY, 'acknowledged');
  });
  await releaseCutover(ports, migrationId, said);
  await untilFlipped(ports, migrationId);
  expect(await world.valueIn(tenantId, TARGET, KEY)).toBe('acknowledged');
  expect((await ports.migrations.get(migrationId))?.cutovers).toBe(1);
  await world.shards.catchUp({ tenantId });
});

test('F4, data F2: after a time without a proof of capture, all keys are compared before the flip', async () => {
  const { ports } = world.stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'trimmed', items: 60 });
  world.stack.alter('CatchUp', withSettings({ maxProofGapMs: 2_000 }));
  const { migrationId } = await world.request(tenantId, { holdCutover: true });
  await world.untilHeld(migrationId);
  world.shards.lag({ tenantId });
  await world.write(tenantId, table, KEY, 'acknowledged while capture was down');
  await until('the gap to be noted', async () => (await ports.migrations.get(migrationId))?.gap);
  world.shards.trim({ tenantId });
  await releaseCutover(ports, migrationId, said);
  await untilFlipped(ports, migrationId);
  expect(await world.valueIn(tenantId, TARGET, KEY)).toBe('acknowledged while capture was down');
});

test('F8: without a proof of capture no fence begins, and the migration shows how late capture is', async () => {
  const { ports } = world.stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'stalled', items: 60 });
  world.stack.before('ShortenLease', async () => world.shards.lag({ tenantId }));
  const { migrationId } = await world.request(tenantId);
  await until('a proof to be late', async () => {
    const { proofs } = (await ports.migrations.get(migrationId)) ?? {};
    return proofs?.source?.asked && Date.now() - proofs.source.asked.since > 3_000;
  });
  expect((await ports.migrations.get(migrationId))?.cutovers).toBe(0);
  await world.shards.catchUp({ tenantId });
  await untilFlipped(ports, migrationId);
  expect((await ports.migrations.get(migrationId))?.cutovers).toBe(1);
});

test('F2: a rollback brings back what capture missed in the hold, and writes a report', async () => {
  const { ports } = world.stack;
  const { tenantId, table, migrationId } = await world.flipped('back');
  world.shards.lag({ tenantId, keys: [KEY, OTHER] });
  await world.write(tenantId, TARGET, KEY, 'acknowledged in the hold');
  await world.write(tenantId, TARGET, OTHER, undefined);
  await rollbackMigration(ports, migrationId, said);
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'rolledBack' });
  expect(await world.valueIn(tenantId, table, KEY)).toBe('acknowledged in the hold');
  expect(await ports.partition(tenantId).get(table, [entityKey(OTHER)])).toEqual([]);
  expect(await ports.partition(tenantId).get(TARGET, [entityKey(KEY)])).toEqual([]);
  expect(await ports.migrations.report(migrationId)).toMatchObject({ outcome: 'rolledBack' });
  await world.shards.catchUp({ tenantId });
});
