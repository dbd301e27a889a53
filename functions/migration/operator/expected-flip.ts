import type { Migration } from '../migration.ts';
import { type EpochMs, epochMs } from '../names.ts';
import type { Progress } from './progress.ts';

const MS = 1_000;
/** Time to compare both sides before the cutover, as a share of the time to copy. */
const COMPARISON_SHARE = 0.25;
/** Time after which a pass has a speed, in ms. */
const MIN_PASS_MS = 2_000;

type Facts = Pick<Progress, 'migration' | 'plan' | 'items'>;

/**
 * Predicts when the migration flips. The rest of copy and comparison takes as long as the pass under way has taken so far for
 * its items; before the copy, as long as the plan says. The cutover takes as long as the plan says, since it depends on leases
 * and not on the tenant's size. Changes that the application makes meanwhile are not known beforehand.
 * @param now by the same clock as the times in the record.
 * @returns undefined before there is a plan or a speed, while an operator has the migration wait, while applying does not
 * converge, and once writes are fenced.
 */
export const expectedFlipAt = ({ migration, plan, items }: Facts, now: EpochMs): EpochMs | undefined => {
  const { paused, cutoverHeld, dryRun, convergence } = migration;
  if (!plan || dryRun || paused || cutoverHeld || convergence) return undefined;
  const workMs = workLeftMs({ migration, plan, items }, now);
  return workMs === undefined
    ? undefined
    : epochMs(Math.round(now + workMs + cutoverMs(migration, plan, now)));
};

/** Returns the time until all items are copied and compared, in ms. */
const workLeftMs = (
  { migration: { status, stages, operatorWaitMs = 0 }, plan, items }: Required<Facts>,
  now: EpochMs,
): number | undefined => {
  const pass = (startedAt: EpochMs | undefined, done: number): number | undefined => {
    const tookMs = startedAt === undefined ? 0 : now - startedAt - operatorWaitMs;
    return done > 0 && tookMs >= MIN_PASS_MS ? tookMs / done : undefined;
  };
  const { total, copied, compared } = items;
  switch (status) {
    case 'provisioning':
      return secondsOf(plan, 'copy') * MS;
    case 'copying': {
      const perItem = pass(stages.copy?.startedAt, copied);
      return perItem && perItem * (total - copied + COMPARISON_SHARE * total);
    }
    case 'catchingUp': {
      if (compared >= total) return 0;
      const perItem = pass(stages.copy?.endedAt, compared);
      return perItem && perItem * (total - compared);
    }
    default:
      return undefined;
  }
};

type Plan = NonNullable<Progress['plan']>;

const secondsOf = ({ estimate }: Plan, name: 'copy' | 'flip'): number =>
  estimate.stages.find(({ stage }) => stage === name)?.seconds ?? 0;

/** Returns the time for the leases to run out and for the fence, in ms. */
const cutoverMs = ({ longLeasesOutAt }: Migration, plan: Plan, now: EpochMs): number =>
  longLeasesOutAt === undefined
    ? secondsOf(plan, 'flip') * MS
    : Math.max(0, longLeasesOutAt - now) + plan.estimate.fenceMs;
