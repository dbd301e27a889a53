import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STATUSES } from '../../../functions/migration/life-cycle.ts';
import { type Migration, STAGES } from '../../../functions/migration/migration.ts';
import {
  type EpochMs,
  epochMs,
  type MigrationId,
  type TenantId,
  type TierName,
  tableName,
} from '../../../functions/migration/names.ts';
import type { Progress } from '../../../functions/migration/progress.ts';
import { viewStages } from '../../../scripts/cli/watching/stage-view.ts';

const home = { tier: 'basic' as TierName, placement: 'shared' as const, table: tableName('a') };
const migration = (change: Partial<Migration>): Migration => ({
  migrationId: 'mig-1' as MigrationId,
  tenantId: 't' as TenantId,
  source: home,
  target: home,
  status: 'copying',
  attempt: 1,
  run: 1,
  dryRun: false,
  paused: false,
  cutoverHeld: false,
  cutovers: 0,
  requestedBy: 'test',
  requestedAt: epochMs(0),
  reason: '',
  holdMs: 0,
  routeEpoch: 1 as Migration['routeEpoch'],
  registryChange: 'none',
  locked: false,
  stages: {},
  updatedAt: epochMs(0),
  ...change,
});

const passes = fc.record({
  total: fc.nat(100),
  surveyed: fc.nat(120),
  compared: fc.nat(120),
  copied: fc.nat(120),
  verified: fc.nat(120),
  cleaned: fc.nat(120),
});
const marks = fc.record({
  startedAt: fc.nat(1_000).map(epochMs),
  endedAt: fc.option(fc.nat(1_000).map(epochMs), { nil: undefined }),
});
const progresses = fc
  .record({
    status: fc.constantFrom(...STATUSES),
    marks: fc.array(marks, { maxLength: STAGES.length }),
    items: passes,
    segments: passes,
    fencedAt: fc.option(fc.nat(1_000), { nil: undefined }),
    dryRun: fc.boolean(),
  })
  .map(({ status, marks: all, items, segments, fencedAt, dryRun }): Progress => {
    const stages: Migration['stages'] = Object.fromEntries(
      all.map(({ startedAt, endedAt }, n): [string, { startedAt: EpochMs; endedAt?: EpochMs }] => [
        STAGES[n] ?? '',
        { startedAt, ...(endedAt === undefined ? {} : { endedAt }) },
      ]),
    );
    const fence = fencedAt === undefined ? {} : { fencedAt: epochMs(fencedAt) };
    return { migration: migration({ status, dryRun, stages, ...fence }), items, segments };
  });

test('no stage is shown as whole before it has ended, whatever the counts say', () => {
  fc.assert(
    fc.property(progresses, (progress) => {
      for (const view of viewStages(progress, 5_000)) {
        expect(view.fraction).toBeGreaterThanOrEqual(0);
        expect(view.fraction === 1).toBe(view.state === 'done');
        if (view.state === 'done') expect(progress.migration.stages[view.stage]?.endedAt).toBeDefined();
      }
    }),
  );
});

test('the last stage is done when the migration is, not when its work is', () => {
  const nothing = { total: 5, surveyed: 5, compared: 5, copied: 5, verified: 5, cleaned: 5 };
  const stages = { cleanUp: { startedAt: epochMs(1), endedAt: epochMs(2) } };
  const last = (status: Migration['status']) =>
    viewStages({ migration: migration({ status, stages }), items: nothing, segments: nothing }, 3).at(-1)
      ?.state;
  expect([last('cleaningUp'), last('completed')]).toEqual(['running', 'done']);
});

test('a stage that was under way when the migration was rolled back is shown as stopped', () => {
  const nothing = { total: 5, surveyed: 5, compared: 0, copied: 2, verified: 0, cleaned: 0 };
  const stages = {
    provision: { startedAt: epochMs(1), endedAt: epochMs(2) },
    copy: { startedAt: epochMs(2) },
  };
  const views = viewStages(
    { migration: migration({ status: 'rollingBack', stages }), items: nothing, segments: nothing },
    3,
  );
  expect(views.map(({ state }) => state)).toEqual(['done', 'stopped', 'pending', 'pending', 'pending']);
});

test('a dry run has one stage', () => {
  const nothing = { total: 0, surveyed: 0, compared: 0, copied: 0, verified: 0, cleaned: 0 };
  const views = viewStages({ migration: migration({ dryRun: true }), items: nothing, segments: nothing }, 3);
  expect(views).toHaveLength(1);
});
