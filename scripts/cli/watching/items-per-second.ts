import { formatDuration } from '../../../functions/migration/format-duration.ts';
import { epochMs } from '../../../functions/migration/names.ts';
import { expectedFlipAt } from '../../../functions/migration/operator/expected-flip.ts';
import type { PassCounts, Progress } from '../../../functions/migration/operator/progress.ts';
import { formatCount } from '../render/figures.ts';
import { Rate } from './rate.ts';
import type { StageView } from './stage-view.ts';

/** Returns the pass of the running stage whose items can be counted; undefined if there is none. */
const passOf = ({ stage }: StageView, { migration }: Progress): keyof typeof WORK | undefined => {
  if (stage === 'provision') return 'surveyed';
  if (stage === 'copy') return migration.status === 'copying' ? 'copied' : 'compared';
  if (stage === 'cleanUp') return migration.status === 'cleaningUp' ? 'cleaned' : 'verified';
  return undefined;
};

/** Verb for the work of each pass. */
const WORK: Readonly<Record<Exclude<keyof PassCounts, 'total'>, string>> = {
  surveyed: 'survey',
  copied: 'copy',
  compared: 'compare',
  verified: 'compare',
  cleaned: 'delete',
};

/** Time left from which it is shown without a figure, in ms. */
const DAY_MS = 86_400_000;
const leftText = (ms: number): string => (ms < DAY_MS ? formatDuration(ms) : 'more than a day');

/** Measures the speed of the running stage: `8,200 items/s, 3.1 s left to copy, flip in 6.4 s`. */
export class Speed {
  private rate = new Rate();
  private pass: string | undefined;

  /** @returns '' until the speed is known. */
  of(progress: Progress, views: readonly StageView[]): string {
    const { items } = progress;
    const view = views.find(({ state }) => state === 'running');
    const pass = view && passOf(view, progress);
    if (!pass) return '';
    if (pass !== this.pass) {
      this.rate = new Rate();
      this.pass = pass;
    }
    const done = items[pass];
    this.rate.sample(done, performance.now());
    const perSecond = this.rate.perSecond();
    const leftMs = this.rate.timeLeft(Math.max(0, items.total - done));
    // a stage has more work to do after its items, so it never shows that no time is left
    if (perSecond === undefined || done >= items.total) return '';
    const speed = perSecond < 1 ? 'under 1 item/s' : `${formatCount(perSecond)} items/s`;
    if (leftMs === undefined) return speed;
    const now = epochMs(Date.now());
    const flipAt = expectedFlipAt(progress, now);
    const flip = flipAt === undefined ? '' : `, flip in ${leftText(flipAt - now)}`;
    return `${speed}, ${leftText(leftMs)} left to ${WORK[pass]}${flip}`;
  }
}
