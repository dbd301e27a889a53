import { explore } from './explore.ts';
import { testRuns } from './test-runs.ts';

/** Events in a migration. Any process may stall, and leases, claims and deadlines may end, at any time in each search. */
testRuns(
  explore,
  [
    ['two writers, long and short leases, and a cancel', { writers: 2, writes: 2, cancels: 1 }],
    ['a rollback, and changes that capture is given again', { writes: 2, rollbacks: 1, redeliveries: 1 }],
    ['a rollback that is abandoned, and begun again', { writes: 1, rollbacks: 2, abandons: 1 }],
    ['reads that stall under the fence', { writes: 1, cancels: 1, rollbacks: 1, fencedReads: 1 }],
    ['a retry of what was rolled back, and two crashes', { crashes: 2, rollbacks: 1, restarts: 1 }],
    ['a machine that is suspended', { writers: 2, writes: 1, rollbacks: 1, suspensions: 1 }],
    ['a watchdog that dies', { writes: 1, cancels: 1, rollbacks: 1, watchdogDeaths: 1 }],
    ['pauses, a cancel, and a rollback', { writes: 1, pauses: 2, cancels: 1, rollbacks: 1 }],
    ['a late call, and a retry of what was rolled back', { lateCalls: 1, rollbacks: 1, restarts: 1 }],
    ['a write past every lease in the hold', { writes: 1, rollbacks: 1, strays: 1 }],
  ],
  700_000,
);
