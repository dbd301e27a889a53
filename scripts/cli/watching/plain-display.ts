import type { Progress } from '../../../functions/migration/progress.ts';
import { duration } from '../render/figures.ts';
import type { Display } from './display.ts';
import { Pace } from './pace.ts';
import { type StageView, viewStages } from './stage-view.ts';

const TITLE_WIDTH = 23;
/** Lines come every second at first, then more rarely: an hour's migration is some 300 lines, not 3,600. */
const everyMs = (elapsedMs: number): number => Math.max(1_000, elapsedMs / 60);

/** One line when a stage begins or ends, and one now and then between; no escape codes. */
export class PlainDisplay implements Display {
  private readonly write: (line: string) => void;
  private readonly pace = new Pace();
  private readonly startedAt = performance.now();
  private readonly said = new Map<number, string>();
  private lastAt = Number.NEGATIVE_INFINITY;
  private lastLine = '';

  constructor(write: (line: string) => void) {
    this.write = write;
  }

  show(progress: Progress): void {
    const now = performance.now();
    const views = viewStages(progress, Date.now());
    const pace = this.pace.of(progress, views, now);
    for (const view of views) {
      if (view.state === 'pending') continue;
      const isNews = this.said.get(view.number) !== view.state;
      const isDue = view.state === 'running' && now - this.lastAt >= everyMs(now - this.startedAt);
      if (!isNews && !isDue) continue;
      const line = lineOf(view, views.length, view.state === 'running' ? pace : '');
      if (line === this.lastLine) continue;
      this.said.set(view.number, view.state);
      this.lastAt = now;
      this.lastLine = line;
      this.write(line);
    }
  }

  note(text: string): void {
    this.write(text);
  }

  stop(): void {
    if (this.lastLine !== '') this.write(`elapsed ${duration(performance.now() - this.startedAt)}`);
    this.lastLine = '';
  }
}

const lineOf = (view: StageView, of: number, pace: string): string => {
  const mark = view.state === 'done' ? 'done' : `${Math.floor(view.fraction * 100)} %`;
  const words = [view.detail, pace].filter((part) => part !== '').join(', ');
  return `${`[${view.number}/${of}] ${view.title.padEnd(TITLE_WIDTH)}${mark.padStart(5)}  ${words}`.trimEnd()}`;
};
