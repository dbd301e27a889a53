import { expect, test } from 'vitest';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs, readUnits, writeUnits } from '../../../functions/migration/names.ts';
import { expectedFlipAt } from '../../../functions/migration/operator/expected-flip.ts';
import type { PassCounts } from '../../../functions/migration/operator/progress.ts';
import { aMigration, aPlan } from '../../support/records.ts';

const NOW = epochMs(1_000_000);
const ago = (ms: number) => epochMs(NOW - ms);
const none = { readUnits: readUnits(0), writeUnits: writeUnits(0) };
const made = aPlan(aMigration());
const stages = [
  { stage: 'copy', seconds: 90, ...none },
  { stage: 'flip', seconds: 33, ...none },
] as const;
const plan = { ...made, estimate: { ...made.estimate, stages, fenceMs: 2_000 } };

/** Time in ms until the expected flip. */
const leftMs = (migration: Partial<Migration>, passes: Partial<PassCounts> = {}, given = plan) => {
  const items = { total: 1_000, surveyed: 1_000, copied: 0, compared: 0, verified: 0, cleaned: 0, ...passes };
  const at = expectedFlipAt({ migration: aMigration(migration), plan: given, items }, NOW);
  return at === undefined ? undefined : at - NOW;
};
const copying: Partial<Migration> = { status: 'copying', stages: { copy: { startedAt: ago(40_000) } } };

test('before the copy the plan says when the tenant flips', () => {
  expect(leftMs({ status: 'provisioning' })).toBe(90_000 + 33_000);
});

test('until the flip the rest is copied, everything is compared, and the cutover takes its planned time', () => {
  // 400 items in 40 s: 60 s for the rest, and a quarter of the whole copy for the comparison
  expect(leftMs(copying, { copied: 400 })).toBe(60_000 + 25_000 + 33_000);
  const catchingUp = {
    status: 'catchingUp',
    stages: { copy: { startedAt: ago(99_000), endedAt: ago(5_000) } },
  } as const;
  expect(leftMs(catchingUp, { copied: 1_000, compared: 500 })).toBe(5_000 + 33_000);
  expect(leftMs(catchingUp, { copied: 1_000, compared: 1_000 })).toBe(33_000);
});

test('a wait for an operator does not make the copy slower', () => {
  const started = { ...copying, stages: { copy: { startedAt: ago(640_000) } }, operatorWaitMs: 600_000 };
  expect(leftMs(started, { copied: 400 })).toBe(60_000 + 25_000 + 33_000);
});

test('once the long leases have begun to run out, the rest of them and the fence are left', () => {
  const stages = { copy: { startedAt: ago(99_000), endedAt: ago(50_000) } };
  const compared = { copied: 1_000, compared: 1_000 };
  expect(leftMs({ status: 'catchingUp', stages, longLeasesOutAt: epochMs(NOW + 7_000) }, compared)).toBe(
    9_000,
  );
  expect(leftMs({ status: 'catchingUp', stages, longLeasesOutAt: ago(1) }, compared)).toBe(2_000);
});

test('nothing is predicted that cannot be known', () => {
  const convergence = {
    ...{ since: NOW, backlog: 9, journalledPerSecond: 2, appliedPerSecond: 1 },
    notConverging: true,
  };
  expect(leftMs(copying, { copied: 0 })).toBeUndefined();
  expect(leftMs({ ...copying, stages: { copy: { startedAt: ago(10) } } }, { copied: 3 })).toBeUndefined();
  for (const stops of [{ paused: true }, { cutoverHeld: true }, { dryRun: true }, { convergence }])
    expect(leftMs({ ...copying, ...stops }, { copied: 400 })).toBeUndefined();
  for (const status of ['queued', 'planning', 'cuttingOver', 'holding', 'rollingBack', 'completed'] as const)
    expect(leftMs({ ...copying, status }, { copied: 400 })).toBeUndefined();
});
