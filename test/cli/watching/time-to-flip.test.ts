import { expect, test } from 'vitest';
import { readUnits, writeUnits } from '../../../functions/migration/names.ts';
import type { PassCounts } from '../../../functions/migration/operator/progress.ts';
import { timeToFlipMs } from '../../../scripts/cli/watching/time-to-flip.ts';
import { aMigration, aPlan } from '../../support/records.ts';

const items: PassCounts = { total: 1_000, surveyed: 1_000, copied: 0, compared: 0, verified: 0, cleaned: 0 };
const made = aPlan(aMigration());
const flip = { stage: 'flip', seconds: 33, readUnits: readUnits(0), writeUnits: writeUnits(0) } as const;
const plan = { ...made, estimate: { ...made.estimate, stages: [flip] } };
const speed = { perSecond: 10, leftMs: 20_000 };

test('until the flip the rest is copied, everything is compared, and the cutover takes its planned time', () => {
  expect(timeToFlipMs({ plan, items }, 'copied', speed)).toBe(20_000 + 25_000 + 33_000);
  expect(timeToFlipMs({ plan, items }, 'compared', speed)).toBe(20_000 + 33_000);
});

test('a slow engine makes the work longer, and not the cutover', () => {
  const slower = { perSecond: 1, leftMs: 200_000 };
  expect(timeToFlipMs({ plan, items }, 'copied', slower)).toBe(10 * (20_000 + 25_000) + 33_000);
});

test('nothing is predicted without a plan, before the copy, or after the flip', () => {
  expect(timeToFlipMs({ items }, 'copied', speed)).toBeUndefined();
  expect(timeToFlipMs({ plan: made, items }, 'copied', speed)).toBeUndefined();
  for (const pass of ['surveyed', 'verified', 'cleaned'] as const)
    expect(timeToFlipMs({ plan, items }, pass, speed)).toBeUndefined();
});
