import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs, type MigrationId, readUnits, writeUnits } from '../../../functions/migration/names.ts';
import type { PassCounts, Progress } from '../../../functions/migration/operator/progress.ts';
import { LiveDisplay } from '../../../scripts/cli/watching/live-display.ts';
import { PlainDisplay } from '../../../scripts/cli/watching/plain-display.ts';
import { aMigration, aPlan } from '../../support/records.ts';
import { screenOf } from '../../support/screen.ts';
import { listen } from '../run-in-process.ts';

beforeEach(() => {
  vi.useFakeTimers({
    now: Date.UTC(2030, 0, 1),
    toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const at = (second: number) => epochMs(Date.UTC(2030, 0, 1) + second * 1_000);
const passes = (given: Partial<PassCounts> = {}): PassCounts => ({
  total: 8,
  surveyed: 8,
  copied: 8,
  compared: 8,
  verified: 0,
  cleaned: 0,
  ...given,
});
const progress = (change: Partial<Migration>, given: Partial<PassCounts> = {}): Progress => ({
  migration: aMigration({
    migrationId: 'mig-20300101000000-1a2b3c4d' as MigrationId,
    status: 'copying',
    stages: {
      provision: { startedAt: at(0), endedAt: at(0) },
      copy: { startedAt: at(0) },
    },
    ...change,
  }),
  items: passes({ total: 300, ...given }),
  segments: passes(),
  itemsCopied: given.copied ?? 8,
});

const plain = () => {
  const lines: string[] = [];
  return { lines, display: new PlainDisplay((line) => lines.push(line)) };
};

test('plain lines report a pause once, and its end', () => {
  const { lines, display } = plain();
  const copied = { copied: 100, compared: 0 };
  display.show(progress({}, copied));
  for (let polls = 0; polls < 20; polls += 1) {
    vi.advanceTimersByTime(250);
    display.show(progress({ paused: true }, copied));
  }
  display.show(progress({}, copied));
  vi.advanceTimersByTime(250);
  display.show(progress({ paused: true }, copied));
  expect(lines.slice(1)).toEqual([
    '[2/5] Copy partition           26 %  100 of 300 items',
    '[2/5] Copy partition         paused  100 of 300 items',
    '  paused: work under way stops within seconds; capture continues',
    '    tierferry resume mig-20300101000000-1a2b3c4d',
    '[2/5] Copy partition           26 %  100 of 300 items',
    '[2/5] Copy partition         paused  100 of 300 items',
    '  paused: work under way stops within seconds; capture continues',
    '    tierferry resume mig-20300101000000-1a2b3c4d',
  ]);
});

test('plain lines report constantly changing rates only at intervals', () => {
  const { lines, display } = plain();
  for (let linesAfter = 0; linesAfter < 40; linesAfter += 1) {
    const convergence = {
      since: at(0),
      backlog: 500,
      journalledPerSecond: 800 + linesAfter,
      appliedPerSecond: 400,
      notConverging: true,
    };
    display.show(progress({ paused: true, convergence }));
    vi.advanceTimersByTime(100);
  }
  const rates = lines.filter((line) => line.includes('NotConverging'));
  expect(rates.length).toBeGreaterThan(1);
  expect(rates.length).toBeLessThanOrEqual(5);
});

test.each([80, 120])(
  'bars and notes fit a terminal of %i columns, and notes that end leave no trace',
  (columns) => {
    const { stream, text } = listen(columns);
    const display = new LiveDisplay(stream);
    const linesAfter = (change: Partial<Migration>): string[] => {
      display.show(progress(change, { copied: 100, compared: 0 }));
      vi.advanceTimersByTime(1_000);
      return screenOf(text());
    };
    const convergence = {
      since: at(0),
      backlog: 1_000,
      journalledPerSecond: 123_456,
      appliedPerSecond: 98_765,
      notConverging: true,
    };
    const full = linesAfter({
      paused: true,
      cutoverHeld: true,
      writeUnitsPerSecond: 200,
      cutovers: 12,
      convergence,
    });
    for (const line of full) expect([...line].length).toBeLessThan(columns);
    expect(full.slice(5, -1)).toEqual([
      '  paused: work under way stops within seconds; capture continues',
      '    tierferry resume mig-20300101000000-1a2b3c4d',
      '  cutover held: changes are applied until you release it',
      '    tierferry cutover mig-20300101000000-1a2b3c4d',
      '  NotConverging: 123,456 keys/s change, 98,765/s applied, 1,000 or more left'.slice(0, columns - 1),
      '    tierferry limit mig-20300101000000-1a2b3c4d --write-units none',
      '  limited to 200 write units a second',
      '  12 cutovers did not flip',
    ]);
    const [first, ...rest] = linesAfter({});
    display.stop();
    expect(first).toMatch(/^✔ 1 Provision target table/);
    expect(rest.slice(4).filter((line) => line !== '')).toEqual([expect.stringMatching(/^ {2}elapsed /)]);
  },
);

test('a line tells the speed, what is left, and when the flip is due, without a figure for very slow work', () => {
  const { estimate, ...plan } = aPlan(aMigration());
  const units = { readUnits: readUnits(0), writeUnits: writeUnits(0) };
  const planned = {
    ...plan,
    estimate: { ...estimate, stages: [{ stage: 'flip' as const, seconds: 3, ...units }] },
  };
  const copying = { provision: { startedAt: at(0), endedAt: at(0) }, copy: { startedAt: at(0) } };
  const comparing = { ...copying, copy: { startedAt: at(0), endedAt: at(5) } };
  const lineAfter = (seconds: number, done: Partial<PassCounts>, change: Partial<Migration>): string => {
    const { lines, display } = plain();
    const show = (items: Partial<PassCounts>) => {
      const shown = progress(change, { total: 100_000, copied: 100_000, compared: 0, ...items });
      // with a segment that is still to be compared
      display.show({ ...shown, segments: passes({ compared: 7 }), plan: planned });
    };
    show(Object.fromEntries(Object.keys(done).map((pass) => [pass, 1])));
    vi.advanceTimersByTime(seconds * 1_000);
    show(done);
    return lines.at(-1) ?? '';
  };
  // a comparison takes a quarter of the copy's 10 s
  expect(lineAfter(5, { copied: 50_001 }, { stages: copying })).toMatch(
    /, 10,000 items\/s, 5\.0 s left to copy, flip in 10\.5 s$/,
  );
  expect(lineAfter(5, { compared: 50_001 }, { status: 'catchingUp', stages: comparing })).toMatch(
    /, 10,000 items\/s, 5\.0 s left to compare, flip in 8\.0 s$/,
  );
  expect(lineAfter(4, { copied: 2 }, { stages: copying })).toMatch(
    /, under 1 item\/s, more than a day left to copy, flip in more than a day$/,
  );
});
