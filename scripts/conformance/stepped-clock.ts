import { setImmediate } from 'node:timers/promises';
import type { RouterClock } from '../../functions/router/clock.ts';

interface Sleep {
  readonly until: number;
  readonly wake: () => void;
}

/** The two clocks of a process under test. They show what the runner has sent last, and never advance by themselves. */
export class SteppedClock implements RouterClock {
  readonly #sleeps = new Set<Sleep>();
  #monotonic = 0;
  #wall = 0;

  monotonic(): number {
    return this.#monotonic;
  }

  now(): number {
    return this.#wall;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const sleep = { until: this.#monotonic + ms, wake: resolve };
      this.#sleeps.add(sleep);
      signal?.addEventListener('abort', () => {
        this.#sleeps.delete(sleep);
        reject(signal.reason);
      });
    });
  }

  set({ monotonic, wall }: { readonly monotonic: number; readonly wall: number }): void {
    this.#monotonic = monotonic;
    this.#wall = wall;
  }

  /** Ends every wait that is over by the present reading, and returns once nothing more follows. */
  async run(): Promise<void> {
    await setImmediate();
    for (let due = this.#due(); due.length > 0; due = this.#due()) {
      for (const sleep of due) {
        this.#sleeps.delete(sleep);
        sleep.wake();
      }
      await setImmediate();
    }
  }

  #due(): Sleep[] {
    return [...this.#sleeps]
      .filter(({ until }) => until <= this.#monotonic)
      .sort((one, other) => one.until - other.until);
  }
}
