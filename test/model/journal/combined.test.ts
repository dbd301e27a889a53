import { testRuns } from '../test-runs.ts';
import { exploreJournal } from './explore.ts';

const two = { keys: 2, shards: 2, rollbacks: 1 } as const;
const alone = { keys: 1, shards: 2, rollbacks: 1 } as const;

/** Several kinds of events at once: the larger part of the journal's model, for `npm run test:model` and CI. */
testRuns(
  exploreJournal,
  [
    ['two keys, and three writes', { ...two, writes: 3 }],
    ['two keys, and a shard that is late by any time', { ...two, writes: 3, isUnproved: true }],
    ['two keys, a gap, and a replaced stream', { ...two, writes: 2, gaps: 1, replacements: 1 }],
    ['two keys, late calls, and a crash', { ...two, writes: 2, lateCalls: 1, crashes: 1 }],
    ['two keys, a gap, a late call, and a crash', { ...two, writes: 2, gaps: 1, lateCalls: 1, crashes: 1 }],
    ['deletes, late calls, and a rollback', { ...alone, writes: 3, kind: 'putsAndDeletes', lateCalls: 1 }],
    ['two late calls, and two crashes', { ...alone, writes: 2, lateCalls: 2, crashes: 2 }],
    [
      'a lost record, a gap, a replaced stream, and a crash',
      { ...alone, writes: 2, losses: 1, gaps: 1, replacements: 1, crashes: 1, isUnproved: true },
    ],
    [
      'deletes, two gaps, and a crash',
      { ...alone, shards: 1, writes: 3, kind: 'putsAndDeletes', gaps: 2, crashes: 1 },
    ],
  ],
  11_000_000,
);
