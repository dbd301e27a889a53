import { testRuns } from '../test-runs.ts';
import { explorePartitions } from './explore.ts';

/** Several kinds of events at once, for `npm run test:model`. */
testRuns(
  explorePartitions,
  [
    ['two writes in any partitions, and a cancel', { writes: 2, cancels: 1 }],
    ['two writes, and a rollback', { writes: 2, rollbacks: 1 }],
    ['a write, a write past every lease, and a rollback', { writes: 1, strays: 1, rollbacks: 1 }],
    ['a write, a crash, and a rollback', { writes: 1, crashes: 1, rollbacks: 1 }],
  ],
  300_000,
);
