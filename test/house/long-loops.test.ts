import { expect, test } from 'vitest';
import { nextRoundsSeconds } from '../../functions/migration/apply/apply-slice.ts';
import { lateSeconds } from '../../functions/migration/cutover/catch-up.ts';
import { backoffSeconds } from '../../functions/migration/cutover/cut-over.ts';
import { nextPollSeconds } from '../../functions/migration/indexes/check-indexes.ts';
import { armPollSeconds } from '../../functions/migration/journal/arm-capture.ts';
import { EXECUTION_HISTORY_EVENTS } from '../../functions/migration/limits.ts';
import { epochMs } from '../../functions/migration/names.ts';
import { operatorWaitSeconds } from '../../functions/migration/record/poll-times.ts';
import { secondsBetweenPolls } from '../../functions/migration/settings/hold-polls.ts';
import type { MachineName } from '../../state-machines/machines.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { aMigration } from '../support/records.ts';
import { type AslState, readMachine, statesOf } from './asl.ts';

const MS = 1_000;
const DAY_MS = 24 * 60 * 60 * MS;
const DAYS = 300;
/** Events of the history that the rest of a migration may take. */
const REST = 5_000;
/** Events of one visit. [Step Functions developer guide, Viewing execution details: event history] */
const EVENTS: Readonly<Record<string, number>> = { Task: 5, Choice: 2, Wait: 2, Pass: 2 };

type States = ReadonlyMap<string, AslState>;

/** All states of a definition by name, including those of branches and Maps. */
const statesIn = (machine: MachineName): States =>
  new Map(statesOf(readMachine(machine)).map(({ name, state }) => [name, state]));

const MIGRATION = statesIn('tier-migration');
const ROLLBACK = statesIn('rollback');

/** Events of one round of a loop of the real definition. */
const eventsOf = (loop: readonly string[], states = MIGRATION): number =>
  loop.reduce((sum, name, n) => {
    const state = states.get(name);
    const next = loop[(n + 1) % loop.length] ?? '';
    const exits = [state?.Next, state?.Default, ...(state?.Choices ?? []).map((choice) => choice.Next)];
    expect(exits, `${name} leads to ${next}`).toContain(next);
    return sum + (EVENTS[state?.Type ?? ''] ?? Number.NaN);
  }, 0);

const TRY = ['CatchUp', 'CaughtUp', 'ShortenLease', 'LongLeasesExpired', 'StartFenceWatchdog', 'CutOver'];
const start = new FakeClock().now();
const stages = { flip: { startedAt: start } };
const migration = aMigration({ status: 'catchingUp', requestedAt: start, stages, controlledAt: start });
const notConverging = {
  ...migration,
  convergence: {
    since: start,
    backlog: 1e6,
    journalledPerSecond: 9,
    appliedPerSecond: 1,
    notConverging: true,
  },
};

interface Loop {
  readonly loop: readonly string[];
  /** Time of the loop's tasks, in s. */
  readonly taskSeconds?: number;
  readonly wait: (clock: FakeClock, round: number) => number;
  readonly days?: number;
}

const sinceStart = (clock: FakeClock): number => clock.now() - start;

test.each<[string, Loop]>([
  [
    'a pause while changes are applied',
    {
      loop: ['ApplyJournal', 'FewKeysLeft', 'WaitToApply'],
      wait: (clock) => operatorWaitSeconds({ clock }, migration),
    },
  ],
  [
    'a pause and a resume each hour',
    {
      loop: ['ApplyJournal', 'FewKeysLeft', 'WaitToApply'],
      wait: (clock) => {
        const controlledAt = epochMs(clock.now() - (sinceStart(clock) % (60 * 60 * MS)));
        return operatorWaitSeconds({ clock }, { ...migration, controlledAt });
      },
      days: 30,
    },
  ],
  [
    'a held cutover',
    {
      loop: ['CatchUp', 'CaughtUp', 'WaitToCatchUp'],
      wait: (clock) => operatorWaitSeconds({ clock }, migration),
    },
  ],
  [
    'a migration that does not converge',
    {
      loop: ['ApplyJournal', 'FewKeysLeft', 'WaitToApply'],
      taskSeconds: 60,
      wait: (clock) => nextRoundsSeconds({ clock }, notConverging),
    },
  ],
  [
    'late capture',
    {
      loop: ['CatchUp', 'CaughtUp', 'WaitToCatchUp'],
      wait: (clock) => lateSeconds({ clock }, migration, sinceStart(clock)),
    },
  ],
  [
    'a cutover that gives up each time',
    {
      loop: [...TRY, 'Flipped', 'WaitToCutOver'],
      wait: (clock, cutovers) => backoffSeconds({ clock }, { ...migration, cutovers }),
    },
  ],
  [
    'a cutover that starts no fence each time',
    {
      loop: [...TRY, 'Flipped', 'WaitToCutOver'],
      wait: (clock) => Math.max(1, backoffSeconds({ clock }, { ...migration, cutovers: 0 })),
    },
  ],
  [
    'a stream that is read late',
    {
      loop: ['ArmSourceCapture', 'SourceCaptureArmed', 'WaitForSourceCapture'],
      taskSeconds: 1,
      wait: (clock) => armPollSeconds({ clock }, start),
    },
  ],
  [
    'an index that lags for the longest allowed time',
    {
      loop: ['CheckIndexes', 'IndexesChecked', 'WaitForIndexes'],
      wait: (clock) => nextPollSeconds({ clock }, { putAt: start }),
    },
  ],
  ['the hold', { loop: ['CheckHold', 'HoldOver', 'Hold'], wait: () => secondsBetweenPolls(DAYS * DAY_MS) }],
])(
  '%s does not fill the history of an execution in 300 days',
  (_, { loop, taskSeconds = 0, wait, days = DAYS }) => {
    const clock = new FakeClock(start);
    const perRound = eventsOf(loop);
    let events = 0;
    for (let round = 0; sinceStart(clock) < days * DAY_MS && events < EXECUTION_HISTORY_EVENTS; round += 1) {
      events += perRound;
      clock.advance((taskSeconds + wait(clock, round)) * MS);
    }
    expect(events).toBeLessThan(EXECUTION_HISTORY_EVENTS - REST);
  },
);

/** Events of one failed try: scheduled, started, failed. */
const EVENTS_OF_RETRY = 3;
/**
 * Passes over one segment by the comparisons after a flip, if each takes so long that the next starts `captureMs` after
 * it.
 */
const SLOW_PASSES = 3;
/**
 * Passes over one segment while a change may not have arrived, if each takes no time: the number of polls in
 * `captureMs`.
 */
const FAST_PASSES = 61;

/** Most events of the retries of a pass that continues in the next slice. */
const retriesOf = (name: string, states: States): number => {
  const retry = states.get(name)?.Retry?.find(({ ErrorEquals }) => ErrorEquals.includes('SegmentUnfinished'));
  return EVENTS_OF_RETRY * (retry?.MaxAttempts ?? Number.NaN);
};

test.each<[string, States, readonly string[]]>([
  ['CompareKeptSegment', MIGRATION, ['CompareKeptSegment', 'KeptSegmentCompared', 'WaitForCapture']],
  ['CheckIndexes', MIGRATION, ['CheckIndexes', 'IndexesChecked', 'WaitForIndexes']],
  [
    'CompareTargetSegment',
    ROLLBACK,
    ['CompareTargetSegment', 'TargetSegmentCompared', 'WaitForCaptureReverse'],
  ],
])(
  '%s with the maximum number of slices does not fill the history of its execution',
  (name, states, loop) => {
    const slow = SLOW_PASSES * (retriesOf(name, states) + eventsOf(loop, states));
    expect(slow).toBeLessThan(EXECUTION_HISTORY_EVENTS - REST);
    expect(FAST_PASSES * eventsOf(loop, states)).toBeLessThan(EXECUTION_HISTORY_EVENTS - REST);
  },
);

test.each([
  ['SurveySegment'],
  ['CompareSegment'],
  ['CompareSegmentAgain'],
  ['VerifyKeptSegment'],
  ['CleanUpSegment'],
])('%s with the maximum number of slices does not fill the history of its execution', (name) => {
  expect(retriesOf(name, MIGRATION)).toBeLessThan(EXECUTION_HISTORY_EVENTS - REST);
});
