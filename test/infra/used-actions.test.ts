import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LambdaContext, StepHandler } from '../../functions/aws/step.ts';
import { handler as requestMove } from '../../functions/handlers/request-move.ts';
import { handler as sweepTenants } from '../../functions/handlers/sweep-tenants.ts';
import { ForeignWrite } from '../../functions/migration/errors.ts';
import { type Item, keyOf } from '../../functions/migration/items/items.ts';
import { entityKey, type TenantId, tableName } from '../../functions/migration/names.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { OTHER_PERMISSIONS, STEP_PERMISSIONS } from '../../infra/step-permissions.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { noteGap } from '../support/note-gap.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, collect, ended, untilFlipped } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';
import { listed, RecordedActions } from './recorded-actions.ts';

const { tableDesign } = parseSettings({});
const settings = {
  pageItems: 40,
  leaseMs: 50,
  cutoverLeaseMs: 1,
  // everything is compared after the flip
  fencedComparisonMs: 0,
  holdMs: 0,
  claimMs: 1_500,
  // a protected table needs its protection removed before it can be dropped
  tableDesign: { ...tableDesign, deletionProtection: true },
};
/** Actions that these migrations do not use, and when they are needed. */
const NOT_HERE: Readonly<Record<string, string>> = {
  'ApplyJournal journal:BatchGetItem':
    'a proof of capture is on its way, which one migration in ten minutes puts',
  'CatchUp journal:BatchGetItem': 'the same',
  'CatchUpReverse journal:BatchGetItem': 'the same',
  'CheckHold journal:BatchGetItem': 'the same',
  'CheckHold tierTables:BatchWriteItem': 'it puts a proof',
  'CatchUp routes:GetItem': 'a fence that an earlier try left is reopened',
  'CatchUp routes:PutItem': 'the same',
  'CutOver tierTables:Query': 'a comparison that is quick enough for the fence',
  'CompareSegment journal:BatchGetItem': 'the target has an item that no change of the source explains',
  'CompareSegmentAgain journal:BatchGetItem': 'the same',
  'CompareSegmentAgain journal:BatchWriteItem': 'capture has missed a change',
  'CompareTargetSegment journal:BatchGetItem': 'the source has changed since the flip back',
  'CompareTargetSegment migrations:PutItem': 'the tenant has items that may expire',
  'ConcludeComparisonReverse tierTables:BatchGetItem': 'the source has changed since the flip back',
  'CheckHold tierTables:Query': 'the kept source is gone, and the operator has retried',
  'ConcludeComparison tierTables:Query': 'the same',
  'ConcludeComparisonReverse tierTables:Query': 'the same of the target that was left',
  'ConcludeComparison journal:BatchGetItem': 'the target has missed a write',
  'ConcludeKeptSource journal:BatchGetItem': 'the same',
  'CompareKeptSegment migrations:PutItem': 'the tenant has items that may expire',
  'VerifyKeptSegment journal:BatchGetItem': 'the source has changed after the flip',
  'ConcludeKeptSource migrations:DeleteItem': 'the same',
  'ConcludeKeptSource tierTables:BatchWriteItem': 'a sentinel that a crash has left is deleted',
  'ClaimTargetPartition tierTables:BatchWriteItem': 'an earlier migration has left a sentinel',
  'CheckTargetTable registry:GetItem': 'another migration has created the table, and not configured it',
  'CheckTargetTable tierTables:UpdateContinuousBackups': 'the local engine has no such feature',
  'DropSourceTable tierTables:CreateBackup': 'the same',
  'DropSourceTable tierTableBackups:DescribeBackup': 'the same',
  'CreateTargetTable tierTables:TagResource':
    'creating a table with tags also tags it, without a call of its own',
  'LockTenant registry:GetItem': 'the error names the migration that holds the lock',
  'WatchFence routes:PutItem': 'a fence is overdue',
  'AdmitQueued routes:PutItem': 'the same',
};
/**
 * Functions checked elsewhere: their calls cannot be distinguished from the local stream poller's. The rest make no
 * calls.
 */
const { CaptureChanges: _, PublishEvents: __, ...others } = OTHER_PERMISSIONS;
const permissions = { ...STEP_PERMISSIONS, ...others };

/** In ms, for machines with few cores that run other tests at the same time. */
const MIGRATIONS_MS = 600_000;

const recorded = new RecordedActions(parseSettings(settings));
/** Work that the test does once before a state's handler. */
const before = new Map<string, () => Promise<void>>();
/** True if school counting is off. */
let isDeaf = false;

let stack: Stack;
beforeAll(async () => {
  stack = await startTestStack({
    settings,
    overrides: { waits: SHORT_WAITS },
    dynamodb: recorded.dynamodb,
    wrapHandler: (state, run) => {
      const noted = recorded.wrapHandler(state, run);
      return async (...given) => {
        if (isDeaf && state === 'CountSchools') return null;
        const planted = before.get(state);
        before.delete(state);
        await planted?.();
        return noted(...given);
      };
    },
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());

const request = (tenantId: string, toTier: string, more: { dryRun?: boolean; holdMs?: number } = {}) =>
  requestMigration(stack.ports, { tenantId, toTier, ...more, requestedBy: 'test', reason: 'test' });
const migrate = async (tenantId: string, toTier: string, dryRun = false) => {
  const { migrationId } = await request(tenantId, toTier, { dryRun });
  return (await ended(stack.ports, migrationId)).status;
};
/** Writes as the application does; the calls are not attributed to the running state. */
const write = async (tenantId: TenantId, table: string, key: string) => {
  const item: Item = { tenantId: { S: tenantId }, entityKey: { S: key } };
  await recorded.outside(() =>
    stack.ports.partition(tenantId).write(tableName(table), { puts: [item], deletes: [] }),
  );
};
const grow = async (tenantId: TenantId, table: string, schools: number) => {
  for (let n = 0; n < schools; n += 1) await write(tenantId, table, `SCHOOL#new-${n}`);
};
const context: LambdaContext = { awsRequestId: 'test', getRemainingTimeInMillis: () => 100_000 };
const fail = () => Promise.reject(new Error('planted'));

test('the permissions of every state are what its handler uses, no less and no more', {
  timeout: MIGRATIONS_MS,
}, async () => {
  const { ports } = stack;
  // into a dedicated table, and out of it again
  const { tenantId } = await addTenant(ports, { tenantId: 'grown', items: 90 });
  expect(await migrate('grown', 'enterprise')).toBe('completed');
  // with changes to apply, and to compare again, in the copy and in the cutover
  for (const state of ['ConcludeCopy', 'CompareSegment', 'CatchUp', 'CutOver']) {
    before.set(state, () => write(tenantId, 'saas-tenant-data-enterprise-grown', `WHILE#${state}`));
  }
  before.set('CompareKeptSegment', () => write(tenantId, 'saas-tenant-data-premium', 'SINCE#flip'));
  expect(await migrate('grown', 'premium')).toBe('completed');
  // between shared tables
  await addTenant(ports, { tenantId: 'mover', items: 90 });
  // with a journal that may lack changes
  before.set('CatchUp', () => recorded.outside(() => noteGap(ports)));
  expect(await migrate('mover', 'advanced')).toBe('completed');
  expect(await migrate('mover', 'premium', true)).toBe('completed');
  // back from a dedicated table
  const stays = await addTenant(ports, { tenantId: 'stays', items: 90 });
  before.set('CutOver', fail);
  expect(await migrate('stays', 'enterprise')).toBe('rolledBack');
  // rolled back after the flip, with writes made since
  const { migrationId } = await request('stays', 'premium', { holdMs: 60_000 });
  await untilFlipped(ports, migrationId);
  before.set('CutOverReverse', () => Promise.reject(new ForeignWrite('planted')));
  await rollbackMigration(ports, migrationId, { by: 'test', reason: 'test' });
  expect((await ended(ports, migrationId)).status).toBe('holding');
  for (const state of ['CatchUpReverse', 'CutOverReverse']) {
    before.set(state, () => write(stays.tenantId, 'saas-tenant-data-premium', `WHILE#${state}`));
  }
  // and with a change that capture delivers only after the comparison
  before.set('CompareSegmentReverse', async () => {
    stack.streams.pause();
    await write(stays.tenantId, 'saas-tenant-data-premium', 'WHILE#CompareSegmentReverse');
  });
  before.set('ShortenLeaseReverse', async () => stack.streams.resume());
  await rollbackMigration(ports, migrationId, { by: 'test', reason: 'test' });
  expect((await ended(ports, migrationId)).status).toBe('rolledBack');

  // with stragglers, and with changes from before the fence that are delivered again
  const strays = await addTenant(ports, { tenantId: 'strays', items: 90 });
  for (const state of ['ConcludeComparison', 'CheckHold', 'ConcludeKeptSource']) {
    before.set(state, () =>
      recorded.outside(async () => {
        const latest = await ports.migrations.latest(strays.tenantId);
        const delivered = strays.items.slice(0, 1).map((item) => ({ key: keyOf(item), sequence: '0' }));
        const stray = { key: entityKey(`STRAY#${state}`), sequence: 'no number' };
        if (latest) await ports.journal.addEntries(latest, 'source', [...delivered, stray]);
      }),
    );
  }
  const strayed = await request('strays', 'advanced');
  expect((await ended(ports, strayed.migrationId)).status).toBe('holding');
  await retryMigration(ports, strayed.migrationId, 'test');
  expect((await ended(ports, strayed.migrationId)).status).toBe('completed');

  // requested by growth: counted by the stream's handler, and again by the dispatcher, because the tenant has grown
  // further
  const grows = await addTenant(ports, { tenantId: 'grows', items: 90 });
  before.set('CutOver', async () => {
    await grow(grows.tenantId, grows.table, 60);
    const counted = () => recorded.outside(() => ports.registry.tenant(grows.tenantId));
    await until('60 schools to be counted', async () => ((await counted())?.schoolCount ?? 0) >= 60);
    isDeaf = true;
  });
  await grow(grows.tenantId, grows.table, 12);
  await until(
    'the tenant to reach premium',
    async () => (await ports.registry.tenant(grows.tenantId))?.tier === 'premium',
  );
  const [last] = await collect(ports.migrations.list({ tenantId: grows.tenantId }));
  expect(last && (await ended(ports, last.migrationId)).requestedBy).toBe('dispatcher');
  isDeaf = false;

  // requested by an application's event, and by the sweep
  const by = (name: string, { run }: StepHandler, event: unknown) =>
    recorded.wrapHandler(name, run)(stack.ports, event, context);
  const detail = { version: 1, requestedBy: 'test', reason: 'test' };
  await addTenant(ports, { tenantId: 'asked', items: 90 });
  await by('RequestMove', requestMove, { detail: { ...detail, tenantId: 'asked' } });
  await by('RequestMove', requestMove, { detail: { ...detail, tenantId: 'asked', toTier: 'advanced' } });
  stack.streams.pause();
  const swept = await addTenant(ports, { tenantId: 'swept', items: 90 });
  await grow(swept.tenantId, swept.table, 12);
  await ports.sweeps.save({});
  await by('SweepTenants', sweepTenants, {});
  stack.streams.resume();
  for (const id of ['asked', 'swept']) {
    const [only] = await collect(ports.migrations.list({ tenantId: id as TenantId }));
    expect(only && (await ended(ports, only.migrationId)).status).toBe('completed');
  }

  expect([...recorded.byState.keys()].sort()).toEqual(Object.keys(permissions).sort());
  const given = Object.entries(permissions).flatMap(([state, { access }]) =>
    listed(access).map((action) => `${state} ${action}`),
  );
  const used = [...recorded.byState].flatMap(([state, actions]) =>
    [...actions].map((action) => `${state} ${action}`),
  );
  expect(
    used.filter((action) => !given.includes(action)),
    'missing',
  ).toEqual([]);
  // a failing step notes its error, and few of these fail
  const isNote = (action: string) => action.endsWith(' migrations:UpdateItem');
  expect(given.filter((action) => !used.includes(action) && !isNote(action)).sort(), 'idle').toEqual(
    Object.keys(NOT_HERE).sort(),
  );
});
