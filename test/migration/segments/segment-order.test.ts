import { expect, test } from 'vitest';
import { spreadOrder } from '../../../functions/migration/segments/segment-order.ts';

test.each([0, 1, 2, 3, 7, 8, 1_000, 1_025])('%i segments: each comes once', (count) => {
  expect(spreadOrder(count).toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n));
});

test('the first eight of many are spread over the whole partition', () => {
  const eighths = spreadOrder(800)
    .slice(0, 8)
    .map((n) => Math.floor(n / 100));
  expect(new Set(eighths).size).toBeGreaterThanOrEqual(6);
});
