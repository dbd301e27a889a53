import type { PassCounts, Progress } from '../../../functions/migration/operator/progress.ts';

const MS = 1_000;
/** Time to compare both sides before the cutover, as a share of the time to copy: the shares of the stage's bar. */
const COMPARISON_SHARE = 0.2 / 0.8;

/**
 * Predicts the time to the flip, in ms. The rest of copy and comparison takes as long as the measured speed says. The
 * cutover takes as long as the plan says, since it depends on leases and not on the tenant's size. Changes that the
 * application makes meanwhile are not known beforehand.
 * @param leftMs time until the pass has ended.
 * @returns undefined for any other pass, and without a plan.
 */
export const timeToFlipMs = (
  { plan, items }: Pick<Progress, 'plan' | 'items'>,
  pass: keyof PassCounts,
  { perSecond, leftMs }: { readonly perSecond: number; readonly leftMs: number },
): number | undefined => {
  const cutover = plan?.estimate.stages.find(({ stage }) => stage === 'flip');
  if (!cutover || (pass !== 'copied' && pass !== 'compared')) return undefined;
  const comparisonMs = pass === 'copied' ? (COMPARISON_SHARE * items.total * MS) / perSecond : 0;
  return leftMs + comparisonMs + cutover.seconds * MS;
};
