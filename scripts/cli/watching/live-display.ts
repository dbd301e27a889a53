import { styleText } from 'node:util';
import { MultiBar, type SingleBar } from 'cli-progress';
import type { Progress } from '../../../functions/migration/progress.ts';
import { duration } from '../render/figures.ts';
import type { Display } from './display.ts';
import { Pace } from './pace.ts';
import { type StageState, type StageView, viewStages } from './stage-view.ts';

const TITLE_WIDTH = 23;
const WIDE = 100;
/** What a stage has to say fits beside it in a terminal of 80 columns. */
const barWidth = (columns: number): number => (columns >= WIDE ? 24 : 8);

const marks: Readonly<Record<StageState, string>> = {
  done: styleText('green', '✔'),
  running: styleText('cyan', '▶'),
  pending: styleText('dim', '·'),
  stopped: styleText('red', '✖'),
};

/** A bar for each stage, redrawn in place. */
export class LiveDisplay implements Display {
  private readonly bars: MultiBar;
  private readonly stream: NodeJS.WriteStream;
  private readonly pace = new Pace();
  private readonly startedAt = performance.now();
  private readonly lines: SingleBar[] = [];
  private isStopped = false;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    this.bars = new MultiBar({
      stream,
      hideCursor: true,
      // who started the watch handles the signals, and stops this
      gracefulExit: false,
      format: (_options, _params, payload: { line: string }) => payload.line,
    });
  }

  show(progress: Progress): void {
    if (this.isStopped) return;
    const views = viewStages(progress, Date.now());
    const pace = this.pace.of(progress, views, performance.now());
    const elapsed = `elapsed ${duration(performance.now() - this.startedAt)}`;
    const foot = [pace, elapsed].filter((part) => part !== '').join(', ');
    const lines = [...views.map((view) => this.lineOf(view)), styleText('dim', `  ${foot}`)];
    for (const [n, line] of lines.entries()) this.draw(n, line);
    this.bars.update();
  }

  note(text: string): void {
    const foot = this.lines.length - 1;
    if (foot >= 0 && !this.isStopped) this.draw(foot, styleText('dim', `  ${text}`));
  }

  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.bars.stop();
  }

  private draw(n: number, line: string): void {
    const bar = this.lines[n];
    if (bar) bar.update(0, { line });
    else this.lines[n] = this.bars.create(1, 0, { line });
  }

  private lineOf(view: StageView): string {
    const columns = this.stream.columns ?? WIDE;
    const width = barWidth(columns);
    const full = Math.floor(view.fraction * width);
    const bar = `${'█'.repeat(full)}${styleText('dim', '░'.repeat(width - full))}`;
    const percent = `${Math.floor(view.fraction * 100)} %`.padStart(5);
    const before = ` ${view.number} ${view.title.padEnd(TITLE_WIDTH)}`;
    const taken = 1 + before.length + width + 1 + percent.length + 2;
    return `${marks[view.state]}${before}${bar} ${percent}  ${view.detail.slice(0, Math.max(0, columns - taken - 1))}`;
  }
}
