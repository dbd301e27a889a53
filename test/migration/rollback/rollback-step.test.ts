import { expect, test } from 'vitest';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs } from '../../../functions/migration/names.ts';
import { rollbackProgress } from '../../../functions/migration/rollback/rollback-step.ts';
import { aMigration } from '../../support/records.ts';

const NOW = epochMs(100_000);
const [past, later, latest] = [epochMs(NOW - 1), epochMs(NOW + 4_000), epochMs(NOW + 9_000)];
const step = (given: Partial<Migration>) =>
  rollbackProgress(aMigration({ status: 'rollingBack', ...given }), NOW);

const flippedAt = epochMs(1);
const reversed = {
  flippedAt,
  fencedAt: epochMs(2),
  reverseFlippedAt: epochMs(3),
  targetComparedAt: epochMs(4),
};

test('a rollback after the flip applies, fences, flips back, compares and deletes', () => {
  expect(step({ flippedAt })).toEqual({ step: 'applying' });
  expect(step({ flippedAt, fencedAt: epochMs(2) })).toEqual({ step: 'fenced' });
  expect(step({ ...reversed, targetComparedAt: undefined })).toEqual({ step: 'comparing' });
  expect(step(reversed)).toEqual({ step: 'discarding' });
});

test('before the flip only the copies are left to delete', () => {
  expect(step({})).toEqual({ step: 'discarding' });
});

test('a rollback says until when it waits for calls that may still arrive', () => {
  expect(step({ lateCallsOutAt: later })).toEqual({ step: 'waiting', waitsUntil: later });
  expect(step({ ...reversed, staleReadsOutAt: later })).toEqual({ step: 'waiting', waitsUntil: later });
  expect(step({ ...reversed, lateCallsOutAt: past, staleReadsOutAt: past })).toEqual({ step: 'discarding' });
  // before a flip back there are no reads of the target
  expect(step({ staleReadsOutAt: later })).toEqual({ step: 'discarding' });
});

test('sentinels that may still appear delay the end, and not the deletion', () => {
  expect(step({ lateSentinelsOutAt: latest })).toEqual({ step: 'discarding', waitsUntil: latest });
  expect(step({ lateCallsOutAt: later, lateSentinelsOutAt: latest })).toEqual({
    ...{ step: 'waiting', waitsUntil: latest },
  });
});

test('copies that are being deleted are not waited for', () => {
  expect(step({ lateCallsOutAt: later, discardedItems: 100 })).toEqual({
    ...{ step: 'discarding', waitsUntil: later },
  });
});

test('other migrations are not rolled back', () => {
  for (const status of ['holding', 'rolledBack', 'cancelled', 'copying'] as const)
    expect(step({ status })).toBeUndefined();
});
