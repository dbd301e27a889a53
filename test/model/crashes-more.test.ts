import { explore } from './explore.ts';
import { testRuns } from './test-runs.ts';

/** Crashes together with late calls, pauses and suspended machines: the larger part of the model, for `npm run test:model`. */
testRuns(
  explore,
  [
    ['a late call, a crash, and a cancel', { writes: 1, crashes: 1, cancels: 1, lateCalls: 1 }],
    ['a late call, a crash, and a rollback', { writes: 1, crashes: 1, rollbacks: 1, lateCalls: 1 }],
    ['a pause, and a crash at every step', { writes: 1, crashes: 1, pauses: 1, cancels: 1, rollbacks: 1 }],
    ['machines that are suspended', { writers: 2, writes: 2, suspensions: 2, rollbacks: 1 }],
  ],
  3_400_000,
);
