import { expect, test } from 'vitest';
import {
  MAX_SAMPLES,
  rateOver,
  ratesOf,
  type Sample,
  samplesIn,
  withSample,
} from '../../../../functions/console/page/views/migration/samples.ts';

const sample = (at: number, given: Partial<Sample> = {}): Sample => ({
  ...{ at, surveyed: 0, copied: 0, compared: 0, cleaned: 0, discarded: 0, bytes: 0 },
  ...{ readUnits: 0, writeUnits: 0, throttles: 0, backlog: null, journalled: null, applied: null },
  ...given,
});

test('a rate is what a counter gained between two samples, a second', () => {
  const samples = [sample(0), sample(2_000, { copied: 500 }), sample(4_000, { copied: 500 })];
  expect(ratesOf(samples, 'copied')).toEqual([null, 250, 0]);
});

test('a rate over a window leaves out what came before it', () => {
  const samples = [sample(0), sample(60_000, { copied: 90_000 }), sample(70_000, { copied: 90_100 })];
  expect(rateOver(samples, 'copied', 30_000)).toBe(10);
});

test('a rate leaves out the time before the first gain', () => {
  const waiting = [0, 2_000, 4_000, 20_000].map((at) => sample(at));
  const samples = [...waiting, sample(22_000, { discarded: 700 }), sample(24_000, { discarded: 1_400 })];
  expect(rateOver(samples, 'discarded', 30_000)).toBe(350);
  expect(rateOver(waiting, 'discarded', 30_000)).toBe(0);
});

test('one sample tells no rate', () => {
  expect(rateOver([sample(5_000, { copied: 9 })], 'copied', 30_000)).toBeUndefined();
  expect(rateOver([], 'copied', 30_000)).toBeUndefined();
});

test('a pass that begins again tells no negative rate', () => {
  const samples = [sample(0, { compared: 800 }), sample(1_000, { compared: 0 })];
  expect(ratesOf(samples, 'compared')).toEqual([null, 0]);
});

test('a sample that is not newer changes nothing, so that nothing is drawn anew', () => {
  const samples = withSample([], sample(1_000));
  expect(withSample(samples, sample(1_000))).toBe(samples);
  expect(withSample(samples, sample(500))).toBe(samples);
});

test('of too many samples old ones become sparse, and the first and the last stay', () => {
  let samples: readonly Sample[] = [];
  for (let n = 1; n <= MAX_SAMPLES * 3; n += 1) samples = withSample(samples, sample(n * 2_000));
  expect(samples.length).toBeLessThanOrEqual(MAX_SAMPLES);
  expect(samples[0]?.at).toBe(2_000);
  expect(samples.at(-1)?.at).toBe(MAX_SAMPLES * 6_000);
  const times = samples.map(({ at }) => at);
  expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
});

test('samples come back from text, and damaged text is none', () => {
  const samples = [sample(1_000, { backlog: 7 })];
  expect(samplesIn(JSON.stringify(samples))).toEqual(samples);
  expect(samplesIn(JSON.stringify([{ at: 1 }, ...samples]))).toEqual(samples);
  expect(samplesIn('{')).toEqual([]);
  expect(samplesIn(null)).toEqual([]);
});
