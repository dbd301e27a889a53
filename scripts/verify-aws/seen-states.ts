import type { Answer } from './answers.ts';

/** The states of one resource that polls have seen, and the time of the last change. */
export class ObservedStates {
  readonly #states: string[] = [];
  readonly #errors: string[] = [];
  readonly #began: number;
  #changed: number;
  readonly #now: () => number;

  /** @param now monotonic ms. */
  constructor(now: () => number) {
    this.#now = now;
    this.#began = now();
    this.#changed = this.#began;
  }

  state(state: string): void {
    if (this.#states.at(-1) === state) return;
    this.#states.push(state);
    this.#changed = this.#now();
  }

  error(name: string): void {
    if (!this.#errors.includes(name)) this.#errors.push(name);
  }

  /** Returns the answer so far. Its delay is the time until the last state was first seen. */
  answer(id: string): Answer {
    return {
      id,
      errors: [...this.#errors],
      ...(this.#states.length > 0 ? { states: [...this.#states], delayMs: this.#changed - this.#began } : {}),
    };
  }
}
