import { SingleBar } from 'cli-progress';
import type { Out } from '../cli/out.ts';
import { count } from '../cli/render/figures.ts';

/** ms between two lines where there is no terminal. */
const SAY_MS = 2_000;

/** Shows how the seeding goes: a bar in a terminal, a line now and then elsewhere. */
export const seedProgress = (out: Out): { on(written: number, total: number): void; stop(): void } => {
  let bar: SingleBar | undefined;
  let saidAt = performance.now();
  return {
    on: (written, total) => {
      if (out.isLive) {
        bar ??= startBar(out, total);
        bar.update(written, { words: `${count(written)} of ${count(total)} items` });
      } else if (performance.now() - saidAt >= SAY_MS) {
        saidAt = performance.now();
        out.say(`  ${count(written)} of ${count(total)} items written`);
      }
    },
    stop: () => bar?.stop(),
  };
};

const startBar = (out: Out, total: number): SingleBar => {
  const bar = new SingleBar({
    stream: out.stream,
    format: '  {bar} {percentage} %  {words}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    // the line goes when it has served
    clearOnComplete: true,
    gracefulExit: false,
  });
  bar.start(total, 0, { words: '' });
  return bar;
};
