import type { Stage } from '../../../functions/migration/migration.ts';
import type { PassCounts, Progress } from '../../../functions/migration/operator/progress.ts';

const fraction = (done: number, total: number): number =>
  total <= 0 ? 0 : Math.min(1, Math.max(0, done) / total);
const completeOrZero = (pass: Exclude<keyof PassCounts, 'total'>, { segments }: Progress): boolean =>
  segments[pass] >= segments.total;

/** Returns the share of a running stage that is done, from 0 to 1, by what can be counted. */
export const fractionOf = (stage: Stage, progress: Progress, now: number): number =>
  fractions[stage](progress, now);

const fractions: Readonly<Record<Stage, (progress: Progress, now: number) => number>> = {
  // the number of segments grows while they are counted, so only the survey's items show progress
  provision: (progress) =>
    progress.segments.total > 0 && completeOrZero('surveyed', progress)
      ? 0.9
      : 0.9 * fraction(progress.items.surveyed, progress.items.total),
  copy: ({ items }) =>
    0.8 * fraction(items.copied, items.total) + 0.2 * fraction(items.compared, items.total),
  registry: () => 0,
  flip: ({ migration }) =>
    migration.status === 'cuttingOver' ? 0.5 : migration.status === 'holding' ? 0.9 : 0,
  cleanUp: (progress, now) => {
    const { items, migration } = progress;
    if (!completeOrZero('verified', progress) && migration.status === 'holding')
      return 0.3 * fraction(items.verified, items.total);
    if (migration.status === 'cleaningUp') return 0.6 + 0.4 * fraction(items.cleaned, items.total);
    const held = now - (migration.flippedAt ?? now);
    return 0.3 + 0.3 * (migration.holdMs === 0 ? 1 : fraction(held, migration.holdMs));
  },
};
