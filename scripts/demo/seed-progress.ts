import { MultiBar, type SingleBar } from 'cli-progress';
import type { Out } from '../cli/out.ts';
import { formatCount } from '../cli/render/figures.ts';

/** Time between two lines if there is no terminal, in ms. */
const PROGRESS_MS = 2_000;

export interface SeedProgress {
  on(written: number, total: number): void;
  /** Prints a line above the bar. @returns false, and prints nothing, if there is no bar. */
  say(line: string): boolean;
  /** Removes the bar. Safe to call twice. */
  stop(): void;
}

/** Shows the progress of seeding: a bar in a terminal, a line every two seconds elsewhere. */
export const seedProgress = (out: Out): SeedProgress => {
  let live: { readonly bars: MultiBar; readonly bar: SingleBar } | undefined;
  let reportedAt = performance.now();
  return {
    on(written, total) {
      if (out.isLive) {
        live ??= startBar(out, total);
        live.bar.update(written, { words: `${formatCount(written)} of ${formatCount(total)} items` });
      } else if (performance.now() - reportedAt >= PROGRESS_MS) {
        reportedAt = performance.now();
        out.say(`  ${formatCount(written)} of ${formatCount(total)} items written`);
      }
    },
    say(line) {
      if (!live) return false;
      live.bars.log(`${line}\n`);
      live.bars.update();
      return true;
    },
    stop() {
      live?.bars.stop();
      live = undefined;
    },
  };
};

const startBar = (out: Out, total: number): { bars: MultiBar; bar: SingleBar } => {
  const bars = new MultiBar({
    stream: out.stream,
    format: '  {bar} {percentage} %  {words}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
  });
  return { bars, bar: bars.create(total, 0, { words: '' }) };
};
