import { expect, test } from 'vitest';
import { Rate } from '../../../scripts/cli/watching/rate.ts';

test('the rate is that of the last seconds, not of the beginning', () => {
  const rate = new Rate(5_000);
  for (let second = 0; second <= 10; second += 1) rate.sample(second * 100, second * 1_000);
  for (let second = 11; second <= 20; second += 1) rate.sample(1_000 + (second - 10) * 1_000, second * 1_000);
  expect(rate.perSecond()).toBe(1_000);
  expect(rate.timeLeft(2_000)).toBe(2_000);
});

test('there is no rate without progress', () => {
  const rate = new Rate();
  expect(rate.perSecond()).toBeUndefined();
  rate.sample(10, 0);
  expect(rate.perSecond()).toBeUndefined();
  rate.sample(10, 3_000);
  expect(rate.perSecond()).toBeUndefined();
  expect(rate.timeLeft(5)).toBeUndefined();
});

test('a rate by pages that arrive seldom is that of several pages, not of the last one or none', () => {
  const rate = new Rate();
  for (let second = 0; second <= 30; second += 1)
    rate.sample(100 + 2_000 * Math.floor(second / 5), second * 1_000);
  expect(rate.perSecond()).toBe(400);
});

test('no time left is predicted from less than three seconds', () => {
  const rate = new Rate();
  rate.sample(100, 0);
  rate.sample(200, 2_900);
  expect(rate.perSecond()).toBeDefined();
  expect(rate.timeLeft(1_000)).toBeUndefined();
  rate.sample(200, 3_000);
  expect(rate.timeLeft(1_000)).toBeCloseTo(30_000);
});

test('work that starts again starts a new window', () => {
  const rate = new Rate();
  rate.sample(0, 0);
  rate.sample(500, 1_000);
  rate.sample(0, 2_000);
  rate.sample(100, 3_000);
  expect(rate.perSecond()).toBe(100);
});
