import type { FaultName } from './faults.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Plant } from './subject.ts';
import type { Trial } from './trials.ts';

/** Times for which a worker freezes, so that the next run, after the rollback, is under way when it thaws, in ms. */
const INTO_NEXT_RUN_MS = [2_500, 4_000, 7_000];
/** Times after which that run may have flipped, in ms. */
const PAST_NEXT_FLIP_MS = [9_000, 14_000, 20_000];

const plant = (state: string, operation: string, tables: string, fault: FaultName, ordinal = 1): Plant => ({
  at: { state, operation, tables, ordinal },
  fault,
});
const trial = (name: string, plants: readonly Plant[], slowMs = 0): Trial[] =>
  SCENARIOS.filter((scenario) => scenario.name === name).map((scenario) => ({
    scenario,
    plants,
    slowMs,
    seed: 'found',
  }));
const late = (state: string, operation: string, tables: string, slow = INTO_NEXT_RUN_MS): Trial[] =>
  slow.flatMap((slowMs) =>
    trial('failed, then tried again', [plant(state, operation, tables, 'freeze')], slowMs),
  );

/** Trials that found a bug once. They come first in every campaign. */
export const FOUND: readonly Trial[] = [
  // a sentinel was left on the live table
  ...trial('to a shared table', [plant('ArmSourceCapture', 'BatchWriteItem', 'source', 'dieAfter')]),
  // the journal of an ended migration was left
  ...trial('to a shared table', [plant('CloseReport', 'Query', 'journal', 'kill')]),
  ...trial('cancelled before the flip', [plant('CloseRollback', 'Query', 'journal', 'kill')]),
  ...trial('cancelled before the flip', [
    plant('CloseRollback', 'TransactWriteItems', 'migrations+routes', 'lost'),
  ]),
  // a fence was left when the watchdog had died before the workflow
  ...trial('to a shared table', [
    plant('WatchFence', 'Invoke', '', 'crash'),
    plant('CutOver', 'BatchWriteItem', 'source', 'killAfter'),
  ]),
  // the rollback of the last run took the lock of the next one
  ...late('CloseRollback', 'TransactWriteItems', 'migrations+registry'),
  // the rollback of the last run deleted the table on which the tenant lived by then
  ...late('DropCreatedTable', 'DeleteTable', 'target', PAST_NEXT_FLIP_MS),
  // a table whose creation had failed was taken for one that another process creates, and waited for in vain
  ...trial('to a table of its own', [plant('CreateTargetTable', 'CreateTable', 'target', 'before')]),
  // the undo record lost the fact that the partition was claimed
  ...late('ReserveTarget', 'TransactWriteItems', 'migrations'),
];
