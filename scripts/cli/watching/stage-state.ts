import { isClosed } from '../../../functions/migration/life-cycle.ts';
import type { Stage } from '../../../functions/migration/migration.ts';
import type { Progress } from '../../../functions/migration/operator/progress.ts';

/** States of a stage: `paused` if an operator has paused the migration, `held` if one holds the cutover. */
export const STAGE_STATES = ['pending', 'running', 'paused', 'held', 'done', 'stopped'] as const;
export type StageState = (typeof STAGE_STATES)[number];

export const stateOf = (stage: Stage, progress: Progress): StageState => {
  const { migration } = progress;
  const { startedAt, endedAt } = migration.stages[stage] ?? {};
  if (startedAt === undefined || (stage === 'registry' && !isDone(progress))) return 'pending';
  if (endedAt !== undefined && hasEnded(stage, progress)) return 'done';
  if (progress.isStopped || isClosed(migration.status) || migration.status === 'rollingBack')
    return 'stopped';
  if (migration.paused) return 'paused';
  return stage === 'flip' && migration.cutoverHeld && migration.status === 'catchingUp' ? 'held' : 'running';
};

/** True if nothing is left to do. Two stages have work left after their end was recorded. */
const hasEnded = (stage: Stage, progress: Progress): boolean => {
  if (stage === 'copy') return isDone(progress);
  // the last stage is over once the migration is completed
  return stage !== 'cleanUp' || progress.migration.status === 'completed';
};

/**
 * True if the changes made during the copy have been applied, and both sides were compared. In records of earlier
 * versions the registry stage started before that.
 */
const isDone = ({ migration: { stages }, segments }: Progress): boolean =>
  stages.registry !== undefined &&
  (stages.registry.endedAt !== undefined || segments.compared >= segments.total);
