/** A wait that another task can cut short. */
export class WakeSignal {
  readonly #leastMs: number;
  readonly #hurry = new Set<() => void>();
  #rungAt = Number.NEGATIVE_INFINITY;

  /** @param leastMs time that a wait still takes after the bell has rung, so that frequent rings leave pauses. */
  constructor(leastMs: number) {
    this.#leastMs = leastMs;
  }

  /** Time of the last ring, in monotonic ms. */
  get rungAt(): number {
    return this.#rungAt;
  }

  ring(): void {
    this.#rungAt = performance.now();
    for (const hurry of this.#hurry) hurry();
  }

  /** Rejects with the signal's reason when it aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const until = performance.now() + ms;
      const end = () => {
        clearTimeout(timer);
        this.#hurry.delete(hurry);
        signal.removeEventListener('abort', abort);
      };
      const done = () => {
        end();
        resolve();
      };
      const abort = () => {
        end();
        reject(signal.reason);
      };
      const hurry = () => {
        if (until - performance.now() <= this.#leastMs) return;
        clearTimeout(timer);
        this.#hurry.delete(hurry);
        timer = setTimeout(done, this.#leastMs);
      };
      let timer = setTimeout(done, ms);
      this.#hurry.add(hurry);
      signal.addEventListener('abort', abort);
    });
  }
}
