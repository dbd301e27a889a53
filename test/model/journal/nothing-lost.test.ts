import { testRuns } from '../test-runs.ts';
import { exploreJournal } from './explore.ts';

/** One key, alone in the shard without a sentinel. */
const alone = { keys: 1, shards: 2 } as const;
const two = { keys: 2, shards: 2 } as const;

/** Events that may affect the journal, in addition to late streams. `test:model` also runs the larger spaces. */
testRuns(
  exploreJournal,
  [
    ['two keys, one alone in a shard, and a rollback', { ...two, writes: 2, rollbacks: 1 }],
    ['deletes, and a rollback', { writes: 2, kind: 'putsAndDeletes', rollbacks: 1 }],
    ['a gap, a replaced stream, and a rollback', { writes: 2, gaps: 1, replacements: 1, rollbacks: 1 }],
    ['late calls, and a worker that dies', { ...alone, writes: 2, lateCalls: 1, crashes: 1, rollbacks: 1 }],
    ['a shard that is late by any time', { ...two, writes: 2, rollbacks: 1, isUnproved: true }],
    ['a shard that loses a record', { ...alone, writes: 2, losses: 1, rollbacks: 1, isUnproved: true }],
    ['two sides that agree by chance', { ...alone, writes: 3, kind: 'counts', isUnproved: true }],
  ],
  300_000,
);
