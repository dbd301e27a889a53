import { explore } from './explore.ts';
import { testRuns } from './test-runs.ts';

/** A crash at every step: the larger half of the model, for `npm run test:model` and CI. */
testRuns(
  explore,
  [
    ['a crash at every step, its left-over worker, and a cancel', { writes: 1, crashes: 1, cancels: 1 }],
    ['a rollback, and a crash at every step', { writes: 1, crashes: 1, rollbacks: 1 }],
    ['a rollback that is abandoned, and a crash', { writes: 1, crashes: 1, rollbacks: 1, abandons: 1 }],
  ],
  700_000,
);
