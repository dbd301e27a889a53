import { expect, test } from 'vitest';
import {
  figuresFreshness,
  isWorkingNow,
} from '../../../../functions/console/page/views/migration/freshness.ts';
import { aDetail } from './a-detail.ts';

const holding = (verified: number) =>
  aDetail({ status: 'holding' }, { items: { ...aDetail().items, verified } });

test('a hold works until its kept source is compared, and its figures are read after that too', () => {
  expect(isWorkingNow(holding(999))).toBe(true);
  expect(isWorkingNow(holding(1_000))).toBe(false);
  expect(figuresFreshness(holding(999), 2_000)).toEqual({ everyMs: 2_000 });
  expect(figuresFreshness(holding(1_000), 2_000)).toEqual({ everyMs: 30_000 });
});

test('figures of a migration that has ended, is paused or has stopped are read once', () => {
  expect(figuresFreshness(aDetail({ status: 'completed' }), 2_000)).toEqual({});
  expect(figuresFreshness(aDetail({ paused: true }), 2_000)).toEqual({});
  expect(figuresFreshness(aDetail({}, { execution: 'stopped' }), 2_000)).toEqual({});
});
