import { expect, test } from 'vitest';
import { Pacer } from '../../functions/migration/pacer.ts';
import { FakeClock } from '../support/fake-clock.ts';

test('what was used is waited for at the pace that is set', () => {
  const clock = new FakeClock();
  const pacer = new Pacer(clock, 100);
  expect(pacer.waitMs).toBe(0);
  pacer.spend(50);
  pacer.spend(25);
  expect(pacer.waitMs).toBe(750);
  clock.advance(500);
  expect(pacer.waitMs).toBe(250);
  clock.advance(5_000);
  // time in which nothing was written is no credit
  pacer.spend(100);
  expect(pacer.waitMs).toBe(1_000);
});

test('a new pace counts for what is owed too, and without one nothing is owed', () => {
  const clock = new FakeClock();
  const pacer = new Pacer(clock, 100);
  pacer.spend(200);
  pacer.limitTo(1_000);
  expect(pacer.waitMs).toBe(200);
  pacer.limitTo(undefined);
  expect(pacer.waitMs).toBe(0);
  pacer.spend(1e6);
  expect(pacer.waitMs).toBe(0);
});

test('a batch of large items is waited for 20 s at most, so that its worker can save its progress', () => {
  const pacer = new Pacer(new FakeClock(), 1);
  pacer.spend(10_000);
  expect(pacer.waitMs).toBe(20_000);
});
