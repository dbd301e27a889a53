import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { describeTrial, parseTrial, type Trial } from './trials.ts';

const [SEED, PLANNED, DONE] = ['seed', 'planned', 'done'];

/** File with a campaign's trials and successes, so that it can be interrupted at any time and resumed. */
export class Plan {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Undefined for a campaign that has not begun. */
  get seed(): string | undefined {
    return this.#of(SEED)[0];
  }

  begin(seed: string, trials: readonly Trial[]): void {
    const planned = trials.map((trial) => `${PLANNED}\t${describeTrial(trial)}\n`);
    appendFileSync(this.#file, [`${SEED}\t${seed}\n`, ...planned].join(''));
  }

  /** Returns the trials without success so far. @throws Error if the file is of another version */
  left(): { readonly trials: Trial[]; readonly done: number } {
    const { seed = '' } = this;
    const done = new Set(this.#of(DONE));
    const planned = this.#of(PLANNED);
    const trials = planned.flatMap((description) => {
      if (done.has(description)) return [];
      const trial = parseTrial(description, seed);
      if (!trial) throw new Error(`there is no such trial: ${description}`);
      return [trial];
    });
    return { trials, done: planned.length - trials.length };
  }

  note(trial: Trial): void {
    appendFileSync(this.#file, `${DONE}\t${describeTrial(trial)}\n`);
  }

  #of(what: string | undefined): string[] {
    const lines = existsSync(this.#file) ? readFileSync(this.#file, 'utf8').split('\n') : [];
    return lines
      .map((line) => line.split('\t'))
      .flatMap(([name, value]) => (name === what && value ? [value] : []));
  }
}
