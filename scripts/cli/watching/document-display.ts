import { nextOf } from '../../../functions/migration/operator/actions.ts';
import type { Progress } from '../../../functions/migration/operator/progress.ts';
import type { Out } from '../out.ts';
import type { Display } from './display.ts';
import { printIntervalMs } from './plain-display.ts';
import { viewStages } from './stage-view.ts';

const PERCENT = 100;

/** Prints newline-delimited JSON: a document when a stage, the status or a control changes, and one now and then in between. */
export class DocumentDisplay implements Display {
  readonly #out: Out;
  readonly #startedAt = performance.now();
  #printed = '';
  #at = Number.NEGATIVE_INFINITY;

  constructor(out: Out) {
    this.#out = out;
  }

  show(progress: Progress): void {
    const { migration, segments, items, itemsCopied } = progress;
    const stages = viewStages(progress, Date.now()).map(({ stage, state, fraction }) => ({
      stage,
      state,
      percent: Math.floor(fraction * PERCENT),
    }));
    const { status, attempt, paused, cutoverHeld, cutovers } = migration;
    const states = stages.map(({ state }) => state);
    const snapshot = JSON.stringify([status, attempt, paused, cutoverHeld, cutovers, states]);
    const now = performance.now();
    if (snapshot === this.#printed && now - this.#at < printIntervalMs(now - this.#startedAt)) return;
    this.#printed = snapshot;
    this.#at = now;
    const content = { migration, stages, segments, items, itemsCopied };
    this.#out.result('migration-progress', content, () => [], nextOf(migration));
  }

  note(text: string): void {
    this.#out.say(text);
  }

  stop(): void {}
}
