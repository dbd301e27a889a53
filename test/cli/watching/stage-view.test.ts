import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STATUSES } from '../../../functions/migration/life-cycle.ts';
import { type Migration, STAGES } from '../../../functions/migration/migration.ts';
import { type EpochMs, epochMs } from '../../../functions/migration/names.ts';
import type { PassCounts, Progress } from '../../../functions/migration/operator/progress.ts';
import { viewStages } from '../../../scripts/cli/watching/stage-view.ts';
import { aMigration as migration } from '../../support/records.ts';

const passes = fc.record({
  total: fc.nat(100),
  surveyed: fc.nat(120),
  compared: fc.nat(120),
  copied: fc.nat(120),
  verified: fc.nat(120),
  cleaned: fc.nat(120),
});
const arbitraryEntries = fc.record({
  startedAt: fc.nat(1_000).map(epochMs),
  endedAt: fc.option(fc.nat(1_000).map(epochMs), { nil: undefined }),
});
const progresses = fc
  .record({
    status: fc.constantFrom(...STATUSES),
    marks: fc.array(arbitraryEntries, { maxLength: STAGES.length }),
    items: passes,
    segments: passes,
    fencedAt: fc.option(fc.nat(1_000), { nil: undefined }),
    dryRun: fc.boolean(),
    paused: fc.boolean(),
    cutoverHeld: fc.boolean(),
    holdMs: fc.nat(5_000),
  })
  .map(({ marks: all, items, segments, fencedAt, ...change }): Progress => {
    const stages: Migration['stages'] = Object.fromEntries(
      all.map(({ startedAt, endedAt }, n): [string, { startedAt: EpochMs; endedAt?: EpochMs }] => [
        STAGES[n] ?? '',
        { startedAt, ...(endedAt === undefined ? {} : { endedAt }) },
      ]),
    );
    const fence = fencedAt === undefined ? {} : { fencedAt: epochMs(fencedAt) };
    return {
      migration: migration({ ...change, stages, ...fence }),
      items,
      segments,
      itemsCopied: items.copied,
    };
  });

test('no stage is shown as complete before it has ended, whatever the counts are', () => {
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

test('the last stage is done once the migration is completed, not when its work is', () => {
  const nothing = { total: 5, surveyed: 5, compared: 5, copied: 5, verified: 5, cleaned: 5 };
  const stages = { cleanUp: { startedAt: epochMs(1), endedAt: epochMs(2) } };
  const last = (status: Migration['status']) =>
    viewStages(
      {
        migration: migration({ status, stages }),
        items: nothing,
        segments: nothing,
        itemsCopied: nothing.copied,
      },
      3,
    ).at(-1)?.state;
  expect([last('cleaningUp'), last('completed')]).toEqual(['running', 'done']);
});

test('a stage that was running when the migration was rolled back is shown as stopped', () => {
  const nothing = { total: 5, surveyed: 5, compared: 0, copied: 2, verified: 0, cleaned: 0 };
  const stages = {
    provision: { startedAt: epochMs(1), endedAt: epochMs(2) },
    copy: { startedAt: epochMs(2) },
  };
  const views = viewStages(
    {
      migration: migration({ status: 'rollingBack', stages }),
      items: nothing,
      segments: nothing,
      itemsCopied: nothing.copied,
    },
    3,
  );
  expect(views.map(({ state }) => state)).toEqual(['done', 'stopped', 'pending', 'pending', 'pending']);
});

test('a stage without a running execution is shown as stopped, and makes no progress with time', () => {
  const nothing = { total: 5, surveyed: 5, compared: 5, copied: 5, verified: 5, cleaned: 0 };
  const stages = { cleanUp: { startedAt: epochMs(2) } };
  const holding = migration({
    ...{ status: 'holding', stages, flippedAt: epochMs(2), holdMs: 1_000, updatedAt: epochMs(502) },
  });
  const last = (now: number) =>
    viewStages(
      { migration: holding, isStopped: true, items: nothing, segments: nothing, itemsCopied: 5 },
      now,
    ).at(-1);
  expect(last(900)).toMatchObject({ state: 'stopped', detail: 'stopped' });
  expect(last(900)?.fraction).toBe(last(600)?.fraction);
});

test('a dry run has one stage', () => {
  const nothing = { total: 0, surveyed: 0, compared: 0, copied: 0, verified: 0, cleaned: 0 };
  const views = viewStages(
    {
      migration: migration({ dryRun: true }),
      items: nothing,
      segments: nothing,
      itemsCopied: nothing.copied,
    },
    3,
  );
  expect(views).toHaveLength(1);
});

const SEGMENTS = 12;
const stageTimes = (startedAt: number, endedAt?: number) => ({
  startedAt: epochMs(startedAt),
  ...(endedAt === undefined ? {} : { endedAt: epochMs(endedAt) }),
});
const copied = { provision: stageTimes(0, 1), copy: stageTimes(1, 2) };
const updating = { ...copied, registry: stageTimes(2) };
const flipping = { ...copied, registry: stageTimes(2, 3), flip: stageTimes(3) };
const flipped = { ...flipping, flip: stageTimes(3, 4), cleanUp: stageTimes(4) };
const NOW = Date.UTC(2030, 0, 1);

/** Renders state, percentage and details of a stage, for a migration of 1,200 items in 12 segments. */
const seen = (stage: number, change: Partial<Migration>, done: Partial<PassCounts> = {}): string => {
  const all = (total: number) => {
    const of = (pass: keyof PassCounts) => ((done[pass] ?? 0) * total) / SEGMENTS;
    return {
      total,
      surveyed: total,
      copied: of('copied'),
      compared: of('compared'),
      verified: of('verified'),
      cleaned: of('cleaned'),
    };
  };
  const progress = {
    migration: migration(change),
    items: all(1_200),
    segments: all(SEGMENTS),
    itemsCopied: all(1_200).copied,
  };
  const view = viewStages(progress, NOW)[stage - 1];
  return `${view?.state} ${Math.floor((view?.fraction ?? 0) * 100)} % ${view?.detail}`.trim();
};

test('the copy stage includes applying changes and comparing both sides', () => {
  const copying = {
    status: 'copying',
    stages: { provision: stageTimes(0, 1), copy: stageTimes(1) },
  } as const;
  const catchingUp = { status: 'catchingUp', stages: copied } as const;
  const [half, whole] = [{ copied: 6 }, { copied: 12 }];
  expect([
    seen(2, copying, half),
    seen(2, copying, whole),
    seen(2, catchingUp, whole),
    seen(2, catchingUp, { ...whole, compared: 5 }),
    seen(2, catchingUp, { ...whole, compared: 12 }),
    seen(2, { ...catchingUp, stages: updating }, { ...whole, compared: 12 }),
  ]).toEqual([
    'running 40 % 600 of 1,200 items',
    'running 80 % 1,200 of 1,200 items',
    'running 80 % copied, applying changes',
    'running 88 % comparing, 5 of 12 segments',
    'running 99 % compared, checking indexes',
    'done 100 % 1,200 items copied, 1 ms',
  ]);
  expect([
    seen(3, catchingUp, { ...whole, compared: 5 }),
    seen(3, catchingUp, { ...whole, compared: 12 }),
    seen(3, { ...catchingUp, stages: updating }, { ...whole, compared: 12 }),
  ]).toEqual(['pending 0 %', 'pending 0 %', 'running 0 % pending until the flip']);
});

test('the registry stage of an earlier version, which started before the comparison, is pending until its end', () => {
  const catchingUp = { status: 'catchingUp', stages: updating } as const;
  const done = { copied: 12, compared: 5 };
  expect([seen(2, catchingUp, done), seen(3, catchingUp, done)]).toEqual([
    'running 88 % comparing, 5 of 12 segments',
    'pending 0 %',
  ]);
});

test('a copy of more items than were counted is not shown as complete', () => {
  const copying = {
    status: 'copying',
    stages: { provision: stageTimes(0, 1), copy: stageTimes(1) },
  } as const;
  expect(seen(2, copying, { copied: 13 })).toBe('running 80 % 1,200 of 1,200 items');
});

const finished = { copied: 12, compared: 12 };
test('before the flip the stage shows what the cutover waits for', () => {
  const catchingUp = { status: 'catchingUp', stages: flipping } as const;
  const cuttingOver = { status: 'cuttingOver', stages: flipping, fencedAt: epochMs(NOW - 340) } as const;
  expect([
    seen(4, catchingUp, finished),
    seen(4, { ...catchingUp, longLeasesOutAt: epochMs(NOW + 9_000) }, finished),
    seen(4, { ...catchingUp, longLeasesOutAt: epochMs(NOW - 1) }, finished),
    seen(4, { ...catchingUp, cutoverHeld: true }, finished),
    seen(4, cuttingOver, finished),
    seen(4, { ...cuttingOver, status: 'holding', flippedAt: epochMs(NOW) }, finished),
    seen(4, { status: 'holding', stages: flipped, fences: { totalMs: 612, forwardMs: 612 } }, finished),
  ]).toEqual([
    'running 0 % applying changes',
    'running 0 % applying until long leases run out',
    'running 0 % applying changes',
    'held 0 % held; changes are applied meanwhile',
    'running 50 % writes fenced for 340 ms',
    'running 90 % flipped, confirming the registry',
    'done 100 % fenced for 612 ms, 1 ms',
  ]);
});

test('after the flip the kept source is compared, held, compared again and removed', () => {
  const flippedAt = epochMs(NOW - 1_800_000);
  const holding = { status: 'holding', stages: flipped, flippedAt, holdMs: 7_200_000 } as const;
  const verified = { ...finished, verified: 12 };
  const cleaningUp = { ...holding, status: 'cleaningUp' } as const;
  const dedicated = { ...migration().source, placement: 'dedicated' } as const;
  expect([
    seen(5, holding, { ...finished, verified: 6 }),
    seen(5, holding, verified),
    seen(5, { ...holding, holdMs: 0 }, verified),
    seen(5, cleaningUp, { ...verified, cleaned: 3 }),
    seen(5, { ...cleaningUp, source: dedicated }, verified),
    seen(
      5,
      { ...cleaningUp, stages: { ...flipped, cleanUp: stageTimes(4, 6) } },
      { ...verified, cleaned: 12 },
    ),
  ]).toEqual([
    'running 15 % comparing, 6 of 12 segments',
    'running 37 % kept until 2030-01-01 01:30:00 UTC',
    'running 60 % comparing the kept source',
    'running 70 % 300 of 1,200 items removed',
    'running 60 % removing the source table',
    'running 99 % 1,200 of 1,200 items removed',
  ]);
});

test('a pause is shown at the stage that is paused', () => {
  expect(
    seen(2, {
      status: 'copying',
      paused: true,
      stages: { provision: stageTimes(0, 1), copy: stageTimes(1) },
    }),
  ).toBe('paused 0 % 0 of 1,200 items');
  expect(seen(5, { status: 'holding', paused: true, stages: flipped, holdMs: 0 }, finished)).toMatch(
    /^paused /,
  );
});

test('the details of a stage fit beside it in 80 columns', () => {
  const longest = 36;
  fc.assert(
    fc.property(progresses, (progress) => {
      for (const { detail } of viewStages(progress, NOW)) expect(detail.length).toBeLessThanOrEqual(longest);
    }),
  );
});
