import { STAGES, type Stage } from '../../../functions/migration/migration.ts';
import type { Progress } from '../../../functions/migration/operator/progress.ts';
import { stageDetail } from './stage-details.ts';
import { fractionOf } from './stage-fractions.ts';
import { type StageState, stateOf } from './stage-state.ts';

/** One stage as it is displayed. */
export interface StageView {
  readonly stage: Stage;
  /** From 1. */
  readonly number: number;
  readonly title: string;
  readonly state: StageState;
  /** Share of the stage's work that is done; 1 only once the stage is done. */
  readonly fraction: number;
  readonly detail: string;
}

export const STAGE_TITLES: Readonly<Record<Stage, string>> = {
  provision: 'Provision target table',
  copy: 'Copy partition',
  registry: 'Update tenant registry',
  flip: 'Flip routing flag',
  cleanUp: 'Verify and clean up',
};

/** Largest fraction shown before the stage's end is recorded. */
const MAX_UNFINISHED_FRACTION = 0.99;

/** Returns the stages of a migration; a dry run has the first one only. */
export const viewStages = (progress: Progress, now: number): StageView[] => {
  const stages = progress.migration.dryRun ? STAGES.slice(0, 1) : STAGES;
  // a stopped migration makes no progress while time passes
  const at = progress.isStopped ? progress.migration.updatedAt : now;
  return stages.map((stage, n) => {
    const state = stateOf(stage, progress);
    return {
      stage,
      number: n + 1,
      title: progress.migration.dryRun ? 'Plan' : STAGE_TITLES[stage],
      state,
      fraction:
        state === 'done'
          ? 1
          : state === 'pending'
            ? 0
            : Math.min(MAX_UNFINISHED_FRACTION, fractionOf(stage, progress, at)),
      detail: stageDetail(stage, state, progress, now),
    };
  });
};
