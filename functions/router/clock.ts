/** What the router knows of time. Leases and waits are counted on `monotonic` alone. */
export interface RouterClock {
  /** Milliseconds since a moment that stays the same, whatever is done to the machine's date and time. */
  monotonic(): number;
  /** Milliseconds since 1970. Used for `retryAfterMs`, which is a hint, and for nothing else. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason once that aborts, and leaves no timer behind. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The longest time that a timer takes, in ms; it fires at once for more. A lease that ends early does no harm. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: RouterClock = {
  monotonic: () => performance.now(),
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
        Math.min(ms, LONGEST_TIMER_MS),
      );
      signal?.addEventListener('abort', stop, { once: true });
    }),
};
