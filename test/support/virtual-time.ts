import { setImmediate } from 'node:timers/promises';
import { FakeClock } from './fake-clock.ts';

/** Maximum event-loop turns of work between two sleeps. A fake's call takes one. */
const TURNS = 4;

/** A clock for many concurrent processes. Once all of them sleep it advances to the next wake-up. */
export class VirtualTime extends FakeClock {
  readonly #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = () => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
        reject(signal?.reason);
      };
      // a signal gets slower with each listener, and outlives many sleeps
      const wake = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper = { at: this.monotonic() + ms, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', abort);
    });
  }

  /** Advances time until the work is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    for (;;) {
      for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();
      if (isDone) return work;
      this.#sleepers.sort((a, b) => a.at - b.at);
      const next = this.#sleepers.shift();
      if (!next) continue;
      this.advance(Math.max(0, next.at - this.monotonic()));
      next.wake();
    }
  }
}
