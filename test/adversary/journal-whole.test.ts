import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { entityKey, type TableName, type TenantId, tableName } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import type { Settings } from '../../functions/migration/settings.ts';
import { letCutOver } from '../../functions/migration/triggers/control-migration.ts';
import { requestMigration } from '../../functions/migration/triggers/request-migration.ts';
import { retryMigration } from '../../functions/migration/triggers/retry-migration.ts';
import { rollbackMigration } from '../../functions/migration/triggers/rollback-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { ShardedStreams } from '../support/shards/sharded-streams.ts';
import { addTenant, ended, untilFlipped } from '../support/tenants.ts';
import { until } from '../support/until.ts';

const TARGET = tableName('saas-tenant-data-advanced');
const KEY = 'STUDENT#000050';
const OTHER = 'STUDENT#000051';
const LONG_HOLD_MS = 600_000;
const said = { by: 'ops', why: 'test' };

const shards = new ShardedStreams({ seed: 1 });
let stack: PlantedStack;
beforeAll(async () => {
  // no full comparison under the fence, as for a tenant of some size
  stack = await startPlantedStack({ fencedComparisonMs: 0, captureMs: 3_000, maxProofMs: 1_000 }, { shards });
});
afterAll(() => stack.stop());
beforeEach(() => stack.alter());

const request = (tenantId: TenantId, more: { holdCutover?: boolean } = {}) =>
  requestMigration(stack.ports, {
    tenantId,
    toTier: 'advanced',
    holdMs: LONG_HOLD_MS,
    requestedBy: 'test',
    reason: 'test',
    ...more,
  });
const write = (tenantId: TenantId, table: TableName, key: string, value: string | undefined) =>
  stack.ports.partition(tenantId).write(table, {
    puts:
      value === undefined ? [] : [{ tenantId: { S: tenantId }, entityKey: { S: key }, value: { S: value } }],
    deletes: value === undefined ? [entityKey(key)] : [],
  });
const valueIn = async (tenantId: TenantId, table: TableName, key: string) =>
  (await stack.ports.partition(tenantId).get(table, [entityKey(key)]))[0]?.value?.S;
const withSettings =
  (settings: Partial<Settings>) =>
  (ports: Ports): Ports => ({ ...ports, settings: { ...ports.settings, ...settings } });

const untilHeld = (migrationId: string) =>
  until('the comparison before a held cutover', async () => {
    const found = await stack.ports.migrations.get(migrationId as never);
    return found?.cutoverHeld && found.comparison?.ended !== undefined;
  });

test('F3: a key that was touched is compared under the fence, also if its shard is behind', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'touched', items: 60 });
  const { migrationId } = await request(tenantId, { holdCutover: true });
  await untilHeld(migrationId);
  await write(tenantId, table, KEY, 'first');
  await until(
    'the first change to be applied',
    async () => (await valueIn(tenantId, TARGET, KEY)) === 'first',
  );
  stack.before('CutOver', async () => {
    shards.lag({ tenantId, keys: [KEY] });
    await write(tenantId, table, KEY, 'acknowledged');
  });
  await letCutOver(ports, migrationId, said);
  await untilFlipped(ports, migrationId);
  expect(await valueIn(tenantId, TARGET, KEY)).toBe('acknowledged');
  expect((await ports.migrations.get(migrationId))?.cutovers).toBe(1);
  await shards.catchUp({ tenantId });
});

test('F3: a key that differs for the first time under the fence is waited for until its change arrives', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'unexplained', items: 60 });
  stack.alter('CutOver', withSettings({ fencedComparisonMs: 60_000 }));
  stack.before('CutOver', async () => {
    shards.lag({ tenantId, keys: [KEY] });
    await write(tenantId, table, KEY, 'acknowledged');
  });
  const { migrationId } = await request(tenantId);
  await until('the cutover to be given up', async () =>
    (await ports.migrations.events(migrationId)).some(({ why }) => why.includes('opened again')),
  );
  await shards.catchUp({ tenantId });
  await untilFlipped(ports, migrationId);
  expect(await valueIn(tenantId, TARGET, KEY)).toBe('acknowledged');
});

test('F4: after a time without a proof of capture, all keys are compared before the flip', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'trimmed', items: 60 });
  stack.alter('CatchUp', withSettings({ maxProofGapMs: 2_000 }));
  const { migrationId } = await request(tenantId, { holdCutover: true });
  await untilHeld(migrationId);
  shards.lag({ tenantId });
  await write(tenantId, table, KEY, 'acknowledged while capture was down');
  await until('the gap to be noted', async () => (await ports.migrations.get(migrationId))?.gap);
  shards.trim({ tenantId });
  await letCutOver(ports, migrationId, said);
  await untilFlipped(ports, migrationId);
  expect(await valueIn(tenantId, TARGET, KEY)).toBe('acknowledged while capture was down');
});

test('F8: without a proof of capture no fence begins, and the migration says how late capture is', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'stalled', items: 60 });
  stack.before('ShortenLease', async () => shards.lag({ tenantId }));
  const { migrationId } = await request(tenantId);
  await until('a proof to be late', async () => {
    const { proofs } = (await ports.migrations.get(migrationId)) ?? {};
    return proofs?.source?.asked && Date.now() - proofs.source.asked.since > 3_000;
  });
  expect((await ports.migrations.get(migrationId))?.cutovers).toBe(0);
  await shards.catchUp({ tenantId });
  await untilFlipped(ports, migrationId);
  expect((await ports.migrations.get(migrationId))?.cutovers).toBe(1);
});

const flipped = async (tenantId: string) => {
  const tenant = await addTenant(stack.ports, { tenantId, items: 60 });
  const { migrationId } = await request(tenant.tenantId);
  await untilFlipped(stack.ports, migrationId);
  await until(
    'the comparison with the kept source',
    async () => (await stack.ports.migrations.get(migrationId))?.keptComparedAt,
  );
  return { ...tenant, migrationId };
};

test('F2: a rollback brings back what capture missed in the hold, and reports', async () => {
  const { ports } = stack;
  const { tenantId, table, migrationId } = await flipped('back');
  shards.lag({ tenantId, keys: [KEY, OTHER] });
  await write(tenantId, TARGET, KEY, 'acknowledged in the hold');
  await write(tenantId, TARGET, OTHER, undefined);
  await rollbackMigration(ports, migrationId, said);
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'rolledBack' });
  expect(await valueIn(tenantId, table, KEY)).toBe('acknowledged in the hold');
  expect(await ports.partition(tenantId).get(table, [entityKey(OTHER)])).toEqual([]);
  expect(await ports.partition(tenantId).get(TARGET, [entityKey(KEY)])).toEqual([]);
  expect(await ports.migrations.report(migrationId)).toMatchObject({ outcome: 'rolledBack' });
  await shards.catchUp({ tenantId });
});

test('F2: a rollback before the comparison after the flip overwrites nothing that the target may have missed', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'early', items: 60 });
  // acknowledged before the flip, in a shard that is behind
  stack.before('CutOver', async () => {
    shards.lag({ tenantId, keys: [KEY] });
    await write(tenantId, table, KEY, 'missed by the target');
  });
  const { migrationId } = await request(tenantId);
  await untilFlipped(ports, migrationId);
  await rollbackMigration(ports, migrationId, said);
  expect(await ended(ports, migrationId)).toMatchObject({
    status: 'holding',
    failure: { error: 'ForeignWrite' },
  });
  expect(await valueIn(tenantId, table, KEY)).toBe('missed by the target');
  const report = await ports.migrations.report(migrationId);
  expect(report?.foreign.map(({ key }) => key)).toEqual([KEY]);
  await shards.catchUp({ tenantId });
});

test('F2: a rollback keeps the target until the live source was found equal, and stops if it is not', async () => {
  const { ports } = stack;
  const { tenantId, table, migrationId } = await flipped('kept-target');
  stack.before('CutBack', async () => {
    shards.lag({ tenantId, keys: [KEY] });
    await write(tenantId, TARGET, KEY, 'acknowledged right before the fence');
  });
  await rollbackMigration(ports, migrationId, said);
  const stopped = await ended(ports, migrationId);
  expect(stopped).toMatchObject({ status: 'rollingBack', failure: { error: 'VerificationMismatch' } });
  expect(await valueIn(tenantId, TARGET, KEY)).toBe('acknowledged right before the fence');
  const report = await ports.migrations.report(migrationId);
  expect(report?.differences.map(({ key, kind }) => [key, kind])).toEqual([[KEY, 'different']]);
  await write(tenantId, table, KEY, 'acknowledged right before the fence');
  await shards.catchUp({ tenantId });
  await retryMigration(ports, migrationId, 'ops');
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'rolledBack' });
  expect(await valueIn(tenantId, table, KEY)).toBe('acknowledged right before the fence');
  expect(await ports.partition(tenantId).get(TARGET, [entityKey(KEY)])).toEqual([]);
});

test('F3: a rollback stops at a write that the source missed, although the application has written the key since', async () => {
  const { ports } = stack;
  const { tenantId, table, migrationId } = await flipped('missed-back');
  stack.before('CutBack', async () => {
    shards.lag({ tenantId, keys: [KEY], table: TARGET });
    await write(tenantId, TARGET, KEY, 'acknowledged right before the fence');
  });
  stack.before('CompareTargetLeft', async () => {
    await write(tenantId, table, KEY, 'written since');
    await until(
      'the change in the journal',
      async () => (await ports.journal.marked(migrationId, 'source', [entityKey(KEY)])).size > 0,
    );
  });
  await rollbackMigration(ports, migrationId, said);
  const stopped = await ended(ports, migrationId);
  expect(stopped).toMatchObject({ status: 'rollingBack', failure: { error: 'VerificationMismatch' } });
  expect(stopped.failure?.cause).toMatch(/missed writes .* may be newer/);
  expect(await valueIn(tenantId, TARGET, KEY)).toBe('acknowledged right before the fence');
  expect((await ports.migrations.report(migrationId))?.foreign).toMatchObject([
    { key: KEY, kind: 'different' },
  ]);
  await shards.catchUp({ tenantId });
  await retryMigration(ports, migrationId, 'ops');
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'rolledBack' });
  expect(await valueIn(tenantId, table, KEY)).toBe('written since');
  expect(await ports.partition(tenantId).get(TARGET, [entityKey(KEY)])).toEqual([]);
});
