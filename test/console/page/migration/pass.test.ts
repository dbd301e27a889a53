import { expect, test } from 'vitest';
import { passOf } from '../../../../functions/console/page/views/migration/pass.ts';
import { gaining } from './a-detail.ts';

const items = { total: 1_000, surveyed: 1_000, copied: 400, compared: 250, verified: 0, cleaned: 0 };

test('the pass of a copy tells what is done, its rate, and the time left', () => {
  expect(passOf({ status: 'copying', paused: false }, items, gaining({ copied: 60 }))).toEqual({
    ...{ counter: 'copied', label: 'Copied', done: 400, total: 1_000, rate: 60, leftMs: 10_000 },
  });
});

test('each status is about its own pass', () => {
  const labelOf = (status: Parameters<typeof passOf>[0]['status']) =>
    passOf({ status, paused: false }, items, []).label;
  expect(labelOf('planning')).toBe('Surveyed');
  expect(labelOf('catchingUp')).toBe('Compared');
  expect(labelOf('cuttingOver')).toBe('Verified');
  expect(labelOf('cleaningUp')).toBe('Cleaned up');
});

test('a paused pass has no time left, and a pass that is over has none', () => {
  const samples = gaining({ copied: 60 });
  expect(passOf({ status: 'copying', paused: true }, items, samples).leftMs).toBeUndefined();
  const all = { ...items, copied: 1_000 };
  expect(passOf({ status: 'copying', paused: false }, all, samples).leftMs).toBeUndefined();
});

test('a migration that has ended has no rate', () => {
  expect(passOf({ status: 'failed', paused: false }, items, gaining({ copied: 60 })).rate).toBeUndefined();
});
