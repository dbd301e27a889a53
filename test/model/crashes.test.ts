import { explore } from './explore.ts';
import { testRuns } from './test-runs.ts';

/** A crash at every step, for CI. Longer searches are in `crashes-more.test.ts`. */
testRuns(
  explore,
  [
    ['a crash at every step, its left-over worker, and a cancel', { writes: 1, crashes: 1, cancels: 1 }],
    ['a rollback, and a crash at every step', { writes: 1, crashes: 1, rollbacks: 1 }],
    ['a late call, and a rollback that is abandoned', { writes: 1, rollbacks: 1, abandons: 1, lateCalls: 1 }],
    ['a watchdog that dies, and a crash', { writes: 1, crashes: 1, rollbacks: 1, watchdogDeaths: 1 }],
    ['a rollback that is abandoned, and a crash', { writes: 1, crashes: 1, rollbacks: 1, abandons: 1 }],
  ],
  1_500_000,
);
