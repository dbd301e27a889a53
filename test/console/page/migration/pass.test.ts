import { expect, test } from 'vitest';
import { passOf } from '../../../../functions/console/page/views/migration/pass.ts';
import { gaining } from './a-detail.ts';

const items = { total: 1_000, surveyed: 1_000, copied: 400, compared: 250, verified: 0, cleaned: 0 };

test('the pass of a copy tells what is done, its rate, and the time left', () => {
  expect(
    passOf({ status: 'copying', paused: false }, { items, itemsDiscarded: 0 }, gaining({ copied: 60 })),
  ).toEqual({
    ...{ counter: 'copied', label: 'Copied', done: 400, total: 1_000, rate: 60, leftMs: 10_000 },
  });
});

test('each status is about its own pass', () => {
  const labelOf = (status: Parameters<typeof passOf>[0]['status']) =>
    passOf({ status, paused: false }, { items, itemsDiscarded: 0 }, []).label;
  expect(labelOf('planning')).toBe('Surveyed');
  expect(labelOf('catchingUp')).toBe('Compared');
  expect(labelOf('cuttingOver')).toBe('Verified');
  expect(labelOf('cleaningUp')).toBe('Cleaned up');
});

test('a paused pass has no time left, and a pass that is over has none', () => {
  const samples = gaining({ copied: 60 });
  expect(
    passOf({ status: 'copying', paused: true }, { items, itemsDiscarded: 0 }, samples).leftMs,
  ).toBeUndefined();
  const all = { ...items, copied: 1_000 };
  expect(
    passOf({ status: 'copying', paused: false }, { items: all, itemsDiscarded: 0 }, samples).leftMs,
  ).toBeUndefined();
});

test('a migration that has ended has no rate', () => {
  expect(
    passOf({ status: 'failed', paused: false }, { items, itemsDiscarded: 0 }, gaining({ copied: 60 })).rate,
  ).toBeUndefined();
});

test('a rollback deletes what was copied', () => {
  const undone = (itemsDiscarded: number) =>
    passOf({ status: 'rollingBack', paused: false }, { items, itemsDiscarded }, gaining({ discarded: 20 }));
  expect(undone(300)).toEqual({
    ...{ counter: 'discarded', label: 'Copies deleted', done: 300, total: 400, rate: 20, leftMs: 5_000 },
  });
  // sentinels are deleted too
  expect(undone(402)).toMatchObject({ done: 400, total: 400 });
});
