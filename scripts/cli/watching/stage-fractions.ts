import type { Stage } from '../../../functions/migration/migration.ts';
import type { Passes, Progress } from '../../../functions/migration/progress.ts';

const share = (done: number, total: number): number =>
  total <= 0 ? 0 : Math.min(1, Math.max(0, done) / total);
const whole = (pass: Exclude<keyof Passes, 'total'>, { segments }: Progress): boolean =>
  segments[pass] >= segments.total;

/** Returns the share of a running stage that is done, from 0 to 1, by what can be counted. */
export const fractionOf = (stage: Stage, progress: Progress, now: number): number =>
  fractions[stage](progress, now);

const fractions: Readonly<Record<Stage, (progress: Progress, now: number) => number>> = {
  // the number of segments grows while they are counted, so only the survey's items show progress
  provision: (progress) =>
    progress.segments.total > 0 && whole('surveyed', progress)
      ? 0.9
      : 0.9 * share(progress.items.surveyed, progress.items.total),
  copy: ({ items }) => 0.8 * share(items.copied, items.total) + 0.2 * share(items.compared, items.total),
  registry: () => 0,
  flip: ({ migration }) =>
    migration.status === 'cuttingOver' ? 0.5 : migration.status === 'holding' ? 0.9 : 0,
  cleanUp: (progress, now) => {
    const { items, migration } = progress;
    if (!whole('verified', progress) && migration.status === 'holding')
      return 0.3 * share(items.verified, items.total);
    if (migration.status === 'cleaningUp') return 0.6 + 0.4 * share(items.cleaned, items.total);
    const held = now - (migration.flippedAt ?? now);
    return 0.3 + 0.3 * (migration.holdMs === 0 ? 1 : share(held, migration.holdMs));
  },
};
