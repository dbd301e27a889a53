import type { PassCounts, Progress } from '../../../functions/migration/operator/progress.ts';
import { formatCount, formatDuration } from '../render/figures.ts';
import { Rate } from './rate.ts';
import type { StageView } from './stage-view.ts';

/** Returns the pass of the running stage whose items can be counted; undefined if there is none. */
const passOf = ({ stage }: StageView, { migration }: Progress): keyof PassCounts | undefined => {
  if (stage === 'provision') return 'surveyed';
  if (stage === 'copy') return migration.status === 'copying' ? 'copied' : 'compared';
  if (stage === 'cleanUp') return migration.status === 'cleaningUp' ? 'cleaned' : 'verified';
  return undefined;
};

/** Measures the speed of the running stage: `8,200 items/s, 3.1 s left`. */
export class Speed {
  private rate = new Rate();
  private pass: string | undefined;

  /** @param at monotonic ms. @returns '' until the speed is known. */
  of(progress: Progress, views: readonly StageView[], at: number): string {
    const { items } = progress;
    const view = views.find(({ state }) => state === 'running');
    const pass = view && passOf(view, progress);
    if (!pass) return '';
    if (pass !== this.pass) {
      this.rate = new Rate();
      this.pass = pass;
    }
    const done = items[pass];
    this.rate.sample(done, at);
    const perSecond = this.rate.perSecond();
    const left = this.rate.timeLeft(Math.max(0, items.total - done));
    // a stage has more work to do after its items, so it never shows that no time is left
    if (perSecond === undefined || done >= items.total) return '';
    return `${formatCount(perSecond)} items/s${left === undefined ? '' : `, ${formatDuration(left)} left`}`;
  }
}
