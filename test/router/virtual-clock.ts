import { setImmediate } from 'node:timers/promises';
import type { RouterClock } from '../../functions/router/clock.ts';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** A clock that goes when it is told to, and lets everything happen that is due by then, in order. */
export class VirtualClock implements RouterClock {
  readonly #timers = new Set<Timer>();
  #real = 5_000;
  #ms = 5_000;
  #wall = Date.UTC(2026, 0, 1);

  monotonic(): number {
    return this.#ms;
  }

  now(): number {
    return this.#wall;
  }

  /** Returns the time outside the machine, in ms: it differs from `monotonic` once the machine has been suspended. */
  real(): number {
    return this.#real;
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** What an operator, or NTP, does to the machine's date and time. */
  setWall(ms: number): void {
    this.#wall = ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const timer: Timer = { at: this.#ms + ms, fire: resolve };
      this.#timers.add(timer);
      signal?.addEventListener('abort', () => {
        this.#timers.delete(timer);
        reject(signal.reason);
      });
    });
  }

  /** Lets time go by, and lets happen what is due. */
  async advance(ms: number): Promise<void> {
    const until = this.#ms + ms;
    await setImmediate();
    // what happens may itself take time
    const isDue = () => this.#next(Math.max(until, this.#ms));
    for (let next = isDue(); next; next = isDue()) {
      this.pass(next.at - this.#ms);
      this.#timers.delete(next);
      next.fire();
      await setImmediate();
    }
    this.pass(until - this.#ms);
  }

  /** Lets the one thing happen that is due first. */
  async advanceToNext(): Promise<void> {
    const next = this.#next(Number.POSITIVE_INFINITY);
    if (!next) return;
    this.pass(next.at - this.#ms);
    this.#timers.delete(next);
    next.fire();
    await setImmediate();
  }

  /** Time goes by while the process is busy: no timer fires. */
  pass(ms: number): void {
    this.#ms += Math.max(0, ms);
    this.suspend(ms);
  }

  /** Time goes by while the machine is suspended: the monotonic clock and all timers stand still. */
  suspend(ms: number): void {
    this.#real += Math.max(0, ms);
    this.#wall += Math.max(0, ms);
  }

  #next(until: number): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
  }
}
