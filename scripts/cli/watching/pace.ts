import type { Progress } from '../../../functions/migration/progress.ts';
import { count, duration } from '../render/figures.ts';
import { Rate } from './rate.ts';
import type { StageView } from './stage-view.ts';

/** Passes whose items can be counted while they go. */
const COUNTED = { provision: 'surveyed', copy: 'copied', flip: 'verified', cleanUp: 'cleaned' } as const;

/** How fast the running stage goes: `8,200 items/s, 3.1 s left`. */
export class Pace {
  private rate = new Rate();
  private stage: string | undefined;

  /** @param at monotonic ms. @returns '' while there is nothing to tell. */
  of({ items }: Progress, views: readonly StageView[], at: number): string {
    const view = views.find(({ state }) => state === 'running');
    if (!view || view.stage === 'registry') return '';
    if (view.stage !== this.stage) {
      this.rate = new Rate();
      this.stage = view.stage;
    }
    const done = items[COUNTED[view.stage]];
    this.rate.sample(done, at);
    const perSecond = this.rate.perSecond();
    const left = this.rate.timeLeft(Math.max(0, items.total - done));
    // a stage has work to do after its items, so it never says that no time is left
    if (perSecond === undefined || done >= items.total) return '';
    return `${count(perSecond)} items/s${left === undefined ? '' : `, ${duration(left)} left`}`;
  }
}
