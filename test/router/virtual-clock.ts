import { setImmediate } from 'node:timers/promises';
import type { RouterClock } from '../../functions/router/clock.ts';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** A clock that advances on command, and runs everything that is due by then, in order. */
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

  /**
   * Returns the time outside of the machine, in ms: it differs from `monotonic` once the machine has been suspended.
   */
  real(): number {
    return this.#real;
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Changes the machine's date and time, as an operator or NTP does. */
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

  /** Lets time pass, and runs what is due. */
  async advance(ms: number): Promise<void> {
    const until = this.#ms + ms;
    await setImmediate();
    // running it may itself take time
    const isDue = () => this.#next(Math.max(until, this.#ms));
    for (let next = isDue(); next; next = isDue()) {
      this.pass(next.at - this.#ms);
      this.#timers.delete(next);
      next.fire();
      await setImmediate();
    }
    this.pass(until - this.#ms);
  }

  /** Runs the one callback that is due first. */
  async advanceToNext(): Promise<void> {
    const next = this.#next(Number.POSITIVE_INFINITY);
    if (!next) return;
    this.pass(next.at - this.#ms);
    this.#timers.delete(next);
    next.fire();
    await setImmediate();
  }

  /** Lets time pass while the process is busy: no timer fires. */
  pass(ms: number): void {
    this.#ms += Math.max(0, ms);
    this.suspend(ms);
  }

  /** Lets time pass while the machine is suspended: the monotonic clock and all timers stop. */
  suspend(ms: number): void {
    this.#real += Math.max(0, ms);
    this.#wall += Math.max(0, ms);
  }

  #next(until: number): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
  }
}
