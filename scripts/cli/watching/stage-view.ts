import { isClosed } from '../../../functions/migration/life-cycle.ts';
import { STAGES, type Stage } from '../../../functions/migration/migration.ts';
import type { Progress } from '../../../functions/migration/progress.ts';
import { count, counted, duration, moment } from '../render/figures.ts';

export type StageState = 'pending' | 'running' | 'done' | 'stopped';

/** One stage as a watcher sees it. */
export interface StageView {
  readonly stage: Stage;
  /** From 1. */
  readonly number: number;
  readonly title: string;
  readonly state: StageState;
  /** Share of the stage's work that is done; 1 only when the stage is. */
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

/** What may be shown before the work is done; the last hundredth belongs to the record that says so. */
const ALMOST = 0.99;

/** The stages of this migration; a dry run has the first one only. */
export const viewStages = (progress: Progress, now: number): StageView[] => {
  const stages = progress.migration.dryRun ? STAGES.slice(0, 1) : STAGES;
  return stages.map((stage, n) => {
    const state = stateOf(stage, progress);
    return {
      stage,
      number: n + 1,
      title: progress.migration.dryRun ? 'Plan' : STAGE_TITLES[stage],
      state,
      fraction: state === 'done' ? 1 : state === 'pending' ? 0 : Math.min(ALMOST, fractions[stage](progress)),
      detail: detailOf(stage, state, progress, now),
    };
  });
};

const stateOf = (stage: Stage, { migration }: Progress): StageState => {
  const { startedAt, endedAt } = migration.stages[stage] ?? {};
  if (startedAt === undefined) return 'pending';
  // the last stage is over when the record says that the migration is
  if (endedAt !== undefined && (stage !== 'cleanUp' || migration.status === 'completed')) return 'done';
  return isClosed(migration.status) || migration.status === 'rollingBack' ? 'stopped' : 'running';
};

const share = (done: number, total: number): number => (total === 0 ? 0 : Math.min(1, done / total));

const fractions: Readonly<Record<Stage, (progress: Progress) => number>> = {
  // the segments are known one after the other while they are counted, so only the reading says how far it is
  provision: ({ items, segments }) =>
    segments.total > 0 && segments.surveyed === segments.total
      ? 0.9
      : 0.9 * share(items.surveyed, items.total),
  copy: ({ items }) => share(items.copied, items.total),
  registry: () => 0,
  flip: ({ items }) => share(items.verified, items.total),
  cleanUp: ({ items }) => share(items.cleaned, items.total),
};

const detailOf = (stage: Stage, state: StageState, progress: Progress, now: number): string => {
  if (state === 'pending') return '';
  if (state === 'stopped') return 'stopped';
  if (state === 'running') return running[stage](progress, now);
  const { startedAt, endedAt } = progress.migration.stages[stage] ?? {};
  const took = startedAt === undefined || endedAt === undefined ? [] : [duration(endedAt - startedAt)];
  return [...results[stage](progress), ...took].join(', ');
};

const running: Readonly<Record<Stage, (progress: Progress, now: number) => string>> = {
  provision: ({ migration, items, segments }) => {
    if (migration.status === 'provisioning') return 'waiting for the target table';
    if (segments.surveyed === 0) return `${counted(items.total, 'item')} counted`;
    return `${count(items.surveyed)} of ${counted(items.total, 'item')} surveyed`;
  },
  copy: ({ items }) => `${count(items.copied)} of ${counted(items.total, 'item')}`,
  registry: () => 'pending until the flip',
  flip: ({ migration, items }) => {
    if (migration.fencedAt === undefined) return '';
    if (items.verified === 0) return 'fenced, waiting the leases out';
    return `fenced, ${count(items.verified)} of ${count(items.total)} verified`;
  },
  cleanUp: ({ migration, items }, now) => {
    if (migration.status === 'cleaningUp')
      return `${count(items.cleaned)} of ${counted(items.total, 'item')} removed`;
    const holdEnds = (migration.flippedAt ?? now) + migration.holdMs;
    return holdEnds > now ? `kept until ${moment(holdEnds)}` : 'comparing the kept source';
  },
};

const results: Readonly<Record<Stage, (progress: Progress) => string[]>> = {
  provision: ({ items, segments }) => [
    `${counted(items.total, 'item')} in ${counted(segments.total, 'segment')}`,
  ],
  copy: ({ items }) => [`${counted(items.copied, 'item')} copied`],
  registry: () => [],
  flip: ({ items }) => [`${count(items.verified)} verified equal`],
  cleanUp: ({ items }) => [
    items.cleaned > 0 ? `${counted(items.cleaned, 'item')} removed` : 'source removed',
  ],
};
