/** Waits that somebody else can cut short. */
export class Bell {
  readonly #leastMs: number;
  readonly #hurry = new Set<() => void>();
  #rungAt = Number.NEGATIVE_INFINITY;

  /** @param leastMs what is left of a wait when the bell rings, so that who rings often does not make it none. */
  constructor(leastMs: number) {
    this.#leastMs = leastMs;
  }

  /** On the monotonic clock, in ms. */
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
