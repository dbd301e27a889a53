import { MultiBar, type SingleBar } from 'cli-progress';
import type { Out } from '../out.ts';
import { formatCount } from '../render/figures.ts';

/** Time between two lines if there is no terminal, in ms. */
const PROGRESS_MS = 2_000;

export interface CountProgress {
  on(done: number, total: number): void;
  /** Prints a line above the bar. @returns false, and prints nothing, if there is no bar. */
  say(line: string): boolean;
  /** Removes the bar. Safe to call twice. */
  stop(): void;
}

/**
 * Shows how much of a known number is done: a bar in a terminal, a line every two seconds elsewhere.
 * @param noun what is counted, in the plural, e.g. `items`
 * @param verb what is done with it, e.g. `written`
 */
export const countProgress = (out: Out, noun: string, verb: string): CountProgress => {
  let live: { readonly bars: MultiBar; readonly bar: SingleBar } | undefined;
  let reportedAt = performance.now();
  return {
    on(done, total) {
      if (out.isLive) {
        live ??= startBar(out, total);
        live.bar.update(done, { words: `${formatCount(done)} of ${formatCount(total)} ${noun}` });
      } else if (performance.now() - reportedAt >= PROGRESS_MS) {
        reportedAt = performance.now();
        out.say(`  ${formatCount(done)} of ${formatCount(total)} ${noun} ${verb}`);
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
