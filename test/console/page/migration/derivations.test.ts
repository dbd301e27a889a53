import { describe, expect, test } from 'vitest';
import type { Migration, MigrationDetail } from '../../../../functions/console/page/api/schema.ts';
import { cutoverWords } from '../../../../functions/console/page/views/migration/cutover-words.ts';
import { cutoversWithoutFlip } from '../../../../functions/console/page/views/migration/cutovers-without-flip.ts';
import { executionLink } from '../../../../functions/console/page/views/migration/execution-link.ts';
import { limitWords, stopsWith } from '../../../../functions/console/page/views/migration/limit-stops.ts';
import {
  cellAt,
  countStates,
  gridFor,
  mapWords,
} from '../../../../functions/console/page/views/migration/segment-cells.ts';
import { shownActions } from '../../../../functions/console/page/views/migration/shown-actions.ts';
import { presentTape, tapesOf } from '../../../../functions/console/page/views/migration/tape.ts';
import {
  changeWords,
  filteredTrail,
  joinedTrail,
  pageOf,
} from '../../../../functions/console/page/views/migration/trail.ts';
import { aDetail } from './a-detail.ts';

describe('the link to the execution', () => {
  const arn = (account: string, partition = 'aws') =>
    `arn:${partition}:states:eu-west-1:${account}:execution:tier-migration:mig-1-1`;

  test('leads to the console of its region and partition', () => {
    expect(executionLink(arn('123456789012'))).toBe(
      `https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/${arn('123456789012')}`,
    );
    expect(executionLink(arn('123456789012', 'aws-cn'))).toContain('.console.amazonaws.cn/');
  });

  test('is none for the embedded stack, an unknown partition, and no execution', () => {
    expect(executionLink(arn('000000000000'))).toBeUndefined();
    expect(executionLink(arn('123456789012', 'evil.example'))).toBeUndefined();
    expect(executionLink('javascript:alert(1)')).toBeUndefined();
    expect(executionLink(null)).toBeUndefined();
  });
});

describe('the slider of a limit', () => {
  test('has a stop for a limit that lies between its own', () => {
    const stops = stopsWith(333);
    expect(stops.slice(stops.indexOf(333) - 1, stops.indexOf(333) + 2)).toEqual([200, 333, 500]);
    expect(stops.at(-1)).toBe('none');
    expect(stopsWith(500)).toEqual(stopsWith('none'));
  });

  test('says its stop with the unit', () => {
    expect(limitWords(1_000, 'write')).toBe('1,000 write units/s');
    expect(limitWords('none', 'read')).toBe('the deployment’s limit');
  });
});

describe('the tape of a cutover', () => {
  test('leads from the fence to the flip, by the phases that were measured', () => {
    const forwardPhases = { leasesOut: 640, sentinels: 900, drained: 1_100 };
    const [tape] = tapesOf({ fences: { totalMs: 1_240, forwardMs: 1_240, forwardPhases } });
    expect(tape?.gapMs).toBe(1_240);
    expect(tape?.moments.map(({ label, ms }) => [label, ms])).toEqual([
      ['Fence', 0],
      ['Leases out', 640],
      ['Sentinels in', 900],
      ['Drained', 1_100],
      ['Compared', undefined],
      ['Flip', 1_240],
    ]);
    expect(tape?.moments[4]?.what).toBe('before the fence');
  });

  test('has the times of fence and flip only for a flip of an earlier version, and is not there before a flip', () => {
    const [tape] = tapesOf({ fences: { totalMs: 9, forwardMs: 9 } });
    expect(tape?.moments.flatMap(({ ms }) => ms ?? [])).toEqual([0, 9]);
    expect(tape?.moments.filter(({ what }) => what === 'not measured')).toHaveLength(4);
    expect(tapesOf({ fences: { totalMs: 8_000 } })).toEqual([]);
    expect(tapesOf({})).toEqual([]);
  });

  test('is one of each direction after a rollback', () => {
    const fences = { totalMs: 30, forwardMs: 10, reverseMs: 20 };
    expect(tapesOf({ fences }).map(({ direction }) => direction)).toEqual(['forward', 'reverse']);
  });
});

describe('the cutover that is looked at', () => {
  const at = '2026-03-04T05:00:00.000Z';
  const fences = { totalMs: 10, forwardMs: 10 };
  const reverse = { totalMs: 30, forwardMs: 10, reverseMs: 20 };
  const shown = (change: Partial<Migration>) => {
    const tape = presentTape(aDetail(change).migration);
    return tape && [tape.direction, tape.gapMs, tape.moments.length];
  };

  test('has all its moments before it comes, so that nothing moves once their times are known', () => {
    expect(shown({ status: 'copying' })).toEqual(['forward', undefined, 6]);
    expect(shown({ status: 'holding', flippedAt: at, fences })).toEqual(['forward', 10, 6]);
  });

  test('is the flip back once a migration is undone after its flip', () => {
    expect(shown({ status: 'rollingBack', flippedAt: at, fences })).toEqual(['reverse', undefined, 6]);
    expect(shown({ status: 'rolledBack', flippedAt: at, fences: reverse })).toEqual(['reverse', 20, 6]);
    // its flip back was not measured
    expect(shown({ status: 'rolledBack', flippedAt: at, fences })).toEqual(['forward', 10, 6]);
  });

  test('is not there for a migration that never has one, and for a flip that was not measured', () => {
    expect(shown({ status: 'rollingBack' })).toBeUndefined();
    expect(shown({ status: 'cancelled' })).toBeUndefined();
    expect(shown({ status: 'catchingUp', cancellation: { by: 'ana', reason: 'too soon' } })).toBeUndefined();
    expect(shown({ status: 'failed', fences: { totalMs: 8_000 } })).toBeUndefined();
    expect(shown({ status: 'holding', flippedAt: at })).toBeUndefined();
    // the doctor has put it there
    expect(shown({ status: 'holding' })).toBeUndefined();
    expect(shown({ status: 'rollingBack', flippedAt: at, reverseFlippedAt: at })).toBeUndefined();
  });

  const cancellation = { by: 'ana', reason: 'too soon' };
  const words: readonly [Partial<Migration>, Partial<MigrationDetail>, RegExp][] = [
    [{ status: 'queued' }, {}, /^It begins by itself once the copy is complete/],
    [{ status: 'catchingUp', cutoverHeld: true }, {}, /held until an operator releases it/],
    [{ status: 'catchingUp', cutoverHeld: true, paused: true }, {}, /once the migration is resumed/],
    [{ status: 'copying' }, { execution: 'stopped' }, /once the migration is retried/],
    [{ status: 'copying', cancellation }, {}, /is undone before the flip/],
    [{ status: 'cuttingOver' }, {}, /^Writes are fenced now; the flip follows/],
    [{ status: 'holding' }, {}, /was not measured/],
    [{ status: 'completed', flippedAt: at }, {}, /was not measured/],
    [{ status: 'rollingBack' }, {}, /is undone before the flip/],
    [{ status: 'rollingBack', flippedAt: at }, {}, /once the changes made since the flip are applied/],
    [{ status: 'rollingBack', flippedAt: at, paused: true }, {}, /once the migration is resumed/],
    [{ status: 'rollingBack', flippedAt: at }, { rollback: { step: 'fenced' } }, /the flip back follows/],
    [{ status: 'rollingBack', flippedAt: at, reverseFlippedAt: at }, {}, /was not measured/],
    [{ status: 'rolledBack', flippedAt: at }, {}, /was not measured/],
    [{ status: 'cancelled' }, {}, /ended before the flip/],
    [{ status: 'failed' }, {}, /ended before the flip/],
  ];
  test.each(words)('says what it waits for: %j %j', (change, around, expected) => {
    expect(cutoverWords(aDetail(change, around))).toMatch(expected);
  });
});

describe('cutovers that gave up', () => {
  const at = '2026-03-04T05:00:00.000Z';
  const rollingBack = { status: 'rollingBack', cutovers: 2, flippedAt: at } as const;
  const count = (change: Partial<Migration>) => cutoversWithoutFlip(aDetail(change).migration);

  test('are those that began and did not flip', () => {
    expect(count({ status: 'catchingUp', cutovers: 2 })).toBe(2);
    expect(count({ status: 'holding', cutovers: 3, fencedAt: at, flippedAt: at })).toBe(2);
    expect(
      count({ status: 'rolledBack', cutovers: 2, fencedAt: at, flippedAt: at, reverseFlippedAt: at }),
    ).toBe(0);
  });

  test('do not include the one that fences writes now, in either direction', () => {
    expect(count({ status: 'cuttingOver', cutovers: 1, fencedAt: at })).toBe(0);
    expect(count({ ...rollingBack, fencedAt: at })).toBe(0);
    expect(count({ ...rollingBack, cutovers: 3, fencedAt: at })).toBe(1);
    expect(count(rollingBack)).toBe(1);
    expect(count({ ...rollingBack, fencedAt: at, reverseFlippedAt: at })).toBe(0);
  });
});

describe('the map of segments', () => {
  const segments = ['copied', 'copied', 'differs'].map((state, number) => ({
    ...{ number, items: 10 },
    state: state as 'copied' | 'differs',
  }));

  test('counts states, and tells them in words', () => {
    expect(countStates(segments)).toMatchObject({ copied: 2, differs: 1, verified: 0 });
    expect(mapWords(segments)).toBe('3 segments: 2 copied, 1 differs');
  });

  test('has room for a thousand segments within its height, on a phone as well', () => {
    for (const width of [340, 1_300]) {
      const { columns, rows, pitch } = gridFor(1_000, width);
      expect(columns * rows).toBeGreaterThanOrEqual(1_000);
      expect(columns * pitch).toBeLessThanOrEqual(width);
      expect(rows * pitch).toBeLessThanOrEqual(260);
    }
  });

  test('finds the cell under a pointer, and none beside the cells', () => {
    const grid = { columns: 10, rows: 2, pitch: 20, gap: 2 };
    expect(cellAt(grid, 12, 25, 5)).toBe(1);
    expect(cellAt(grid, 12, 25, 25)).toBe(11);
    expect(cellAt(grid, 12, 45, 25)).toBeUndefined();
    expect(cellAt(grid, 12, 205, 5)).toBeUndefined();
  });
});

describe('the audit trail', () => {
  const at = '2026-03-04T05:00:00.000Z';
  const events = [
    { at, by: 'ana', to: 'queued', reason: 'it grows' },
    { at, by: 'workflow, attempt 1', from: 'queued', to: 'planning', reason: 'the plan is being made' },
    { at, by: 'workflow, attempt 1', from: 'copying', to: 'copying', reason: 'segment counted' },
    { at, by: 'ben (unverified)', from: 'copying', to: 'copying', reason: 'paused: quiet hours' },
  ] as const;

  test('shows the latest first, with the number that an event keeps', () => {
    expect(filteredTrail(events, { find: '', who: '' }).map(({ number }) => number)).toEqual([4, 3, 2, 1]);
  });

  test('finds people, and text in words, status and subject', () => {
    const find = (text: string, who = '') =>
      filteredTrail(events, { find: text, who }).map(({ number }) => number);
    expect(find('', 'people')).toEqual([4, 1]);
    expect(find('QUIET')).toEqual([4]);
    expect(find('planning')).toEqual([2]);
    expect(find('ana')).toEqual([1]);
  });

  test('tells a change of the status only', () => {
    expect(events.map(changeWords)).toEqual(['Requested', 'Queued → Planning', undefined, undefined]);
  });

  test('is joined with its tail, unless the tail does not begin with the last event that is known', () => {
    const [first, second, third, fourth] = events;
    const known = [first, second];
    expect(joinedTrail(known, [second, third, fourth])).toEqual(events);
    expect(joinedTrail(known, [second])).toBe(known);
    expect(joinedTrail([], [first])).toEqual([first]);
    expect(joinedTrail(known, [third, second])).toBeUndefined();
    expect(joinedTrail(known, [])).toBeUndefined();
  });

  test('is cut into pages, and a page that is not there is the nearest one', () => {
    const all = Array.from({ length: 101 }, (_, n) => n);
    expect(pageOf(all, 3, 50)).toEqual({ rows: [100], page: 3, pages: 3, first: 101 });
    expect(pageOf(all, 99, 50).page).toBe(3);
    expect(pageOf(all, Number('x'), 50).page).toBe(1);
    expect(pageOf([], 1, 50)).toEqual({ rows: [], page: 1, pages: 1, first: 0 });
  });
});

describe('the buttons of a migration', () => {
  test('are those that its status is about', () => {
    const shown = (...given: Parameters<typeof aDetail>) => shownActions(aDetail(...given));
    expect(shown()).toEqual(['pause', 'hold-cutover', 'cancel']);
    expect(shown({ paused: true, cutoverHeld: true })).toEqual(['resume', 'cutover', 'cancel']);
    expect(shown({}, { execution: 'stopped' })).toEqual(['retry', 'hold-cutover', 'cancel']);
    expect(shown({ status: 'holding' })).toEqual(['rollback', 'hold']);
    expect(shown({ status: 'rollingBack' })).toEqual(['pause', 'abandon-rollback']);
    expect(shown({ status: 'failed' })).toEqual(['retry']);
    expect(shown({ status: 'completed' })).toEqual([]);
    expect(shown({ dryRun: true })).toEqual(['cancel']);
  });
});
