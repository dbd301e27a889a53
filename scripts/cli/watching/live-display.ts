import { styleText } from 'node:util';
import { MultiBar, type SingleBar } from 'cli-progress';
import { formatDuration } from '../../../functions/migration/format-duration.ts';
import type { Progress } from '../../../functions/migration/operator/progress.ts';
import type { Stream } from '../out.ts';
import { withVisibleControls } from '../render/control-characters.ts';
import type { Display } from './display.ts';
import { Speed } from './items-per-second.ts';
import { notesOf } from './notes.ts';
import type { StageState } from './stage-state.ts';
import { type StageView, viewStages } from './stage-view.ts';

const TITLE_WIDTH = 23;
const WIDE_COLUMNS = 100;
/** Returns the width of a bar that leaves room for the stage's details, also in a terminal of 80 columns. */
const barWidth = (columns: number): number => (columns >= WIDE_COLUMNS ? 24 : 8);

const STATE_SYMBOLS: Readonly<Record<StageState, string>> = {
  done: styleText('green', '✔'),
  running: styleText('cyan', '▶'),
  paused: styleText('yellow', '‖'),
  held: styleText('yellow', '‖'),
  pending: styleText('dim', '·'),
  stopped: styleText('red', '✖'),
};

/** Draws a bar for each stage, and redraws it in place. */
export class LiveDisplay implements Display {
  private readonly bars: MultiBar;
  private readonly stream: Stream;
  private readonly pace = new Speed();
  private readonly startedAt = performance.now();
  private readonly lines: SingleBar[] = [];
  private foot = -1;
  private isStopped = false;

  constructor(stream: Stream) {
    this.stream = stream;
    this.bars = new MultiBar({
      stream,
      hideCursor: true,
      // the caller handles signals and stops the display
      gracefulExit: false,
      format: (_options, _params, payload: { line: string }) => payload.line,
    });
  }

  show(progress: Progress): void {
    if (this.isStopped) return;
    const views = viewStages(progress, Date.now());
    const pace = this.pace.of(progress, views);
    const elapsed = `elapsed ${formatDuration(performance.now() - this.startedAt)}`;
    const foot = [pace, elapsed].filter((part) => part !== '').join(', ');
    const notes = notesOf(progress.migration, Date.now()).flatMap(({ text, command }) => [
      styleText('yellow', this.fit(`  ${withVisibleControls(text)}`)),
      ...(command === undefined ? [] : [this.fit(`    ${command}`)]),
    ]);
    const lines = [
      ...views.map((view) => this.lineOf(view)),
      ...notes,
      styleText('dim', this.fit(`  ${foot}`)),
    ];
    // drawn lines cannot be removed, so they are left empty
    for (const n of Array(Math.max(lines.length, this.lines.length)).keys()) this.draw(n, lines[n] ?? '');
    this.foot = lines.length - 1;
    this.bars.update();
  }

  note(text: string): void {
    if (this.foot >= 0 && !this.isStopped)
      this.draw(this.foot, styleText('dim', this.fit(`  ${withVisibleControls(text)}`)));
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

  /** Cuts a line to the terminal's width: a line that wraps would be redrawn in the wrong place. */
  private fit(line: string): string {
    return line.slice(0, (this.stream.columns ?? WIDE_COLUMNS) - 1);
  }

  private lineOf(view: StageView): string {
    const columns = this.stream.columns ?? WIDE_COLUMNS;
    const width = barWidth(columns);
    const full = Math.floor(view.fraction * width);
    const bar = `${'█'.repeat(full)}${styleText('dim', '░'.repeat(width - full))}`;
    const percent = `${Math.floor(view.fraction * 100)} %`.padStart(5);
    const before = ` ${view.number} ${view.title.padEnd(TITLE_WIDTH)}`;
    const taken = 1 + before.length + width + 1 + percent.length + 2;
    return `${STATE_SYMBOLS[view.state]}${before}${bar} ${percent}  ${withVisibleControls(view.detail).slice(0, Math.max(0, columns - taken - 1))}`;
  }
}
