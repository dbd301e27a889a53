import { expect, test } from 'vitest';
import { written } from '../search.ts';
import { testRuns } from '../test-runs.ts';
import { explorePartitions } from './explore.ts';
import { LAYOUT } from './state.ts';

testRuns(
  explorePartitions,
  [
    ['a write in any partition, a crash, and a cancel', { writes: 1, cancels: 1, crashes: 1 }],
    ['a write, and a rollback', { writes: 1, rollbacks: 1 }],
    ['a write past every lease in the hold', { strays: 1, rollbacks: 1 }],
  ],
  20_000,
);

test('an item that was in one partition of the target stays, and nothing is moved', () => {
  const { counterexample, endings } = explorePartitions({ writes: 1, foreign: 1 });
  expect(counterexample && written(counterexample)).toBeUndefined();
  expect([...endings]).toEqual(['rolledBack']);
});

test('the tenant of this model has two partitions', () => {
  expect(LAYOUT.partitions).toBe(2);
});
