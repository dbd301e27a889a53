import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import { written } from './search.ts';
import type { Bounds } from './state.ts';

/** What may happen to a migration, beside stalls of everybody and leases, claims and deadlines that run out at any time. */
const RUNS: readonly (readonly [string, Partial<Bounds>])[] = [
  ['two writers, long and short leases, and a cancel', { writers: 2, writes: 2, cancels: 1 }],
  ['a crash at every step, its left-over worker, and a cancel', { writes: 1, crashes: 1, cancels: 1 }],
  ['a rollback, and a crash at every step', { writes: 1, crashes: 1, rollbacks: 1 }],
  ['a rollback, and changes that capture is given again', { writes: 2, rollbacks: 1, redeliveries: 1 }],
  ['a rollback that is abandoned, and a crash', { writes: 1, crashes: 1, rollbacks: 1, abandons: 1 }],
  ['a rollback that is abandoned, and begun again', { writes: 1, rollbacks: 2, abandons: 1 }],
  ['reads that stall under the fence', { writes: 1, cancels: 1, rollbacks: 1, fencedReads: 1 }],
  ['a retry of what was rolled back, and two crashes', { crashes: 2, rollbacks: 1, restarts: 1 }],
  ['a write past every lease in the hold', { writes: 1, rollbacks: 1, strays: 1 }],
];

const total = { states: 0, depth: 0 };

test.for(RUNS)('I1 to I6 hold, and there is always a way out, with %s', ([name, bounds]) => {
  const { states, depth, endings, counterexample } = explore(bounds);
  process.stdout.write(`${states} states explored, depth ${depth}: ${name}\n`);
  total.states += states;
  total.depth = Math.max(total.depth, depth);
  expect(counterexample && written(counterexample)).toBeUndefined();
  expect([...endings]).toContain('completed');
  if (bounds.cancels) expect([...endings]).toContain('cancelled');
  if (bounds.rollbacks) expect([...endings]).toContain('rolledBack');
});

test('the search has gone through hundreds of thousands of states', () => {
  process.stdout.write(`${total.states} states explored, depth ${total.depth}\n`);
  expect(total.states).toBeGreaterThan(500_000);
});
