/**
 * The router's clocks. A lease is counted on both, and ends by whichever says so first. Waits (`maxWriteWaitMs`,
 * `routeTimeoutMs`, pauses under a fence) are counted on `monotonic` alone: no route is used for longer by them.
 */
export interface RouterClock {
  /**
   * Milliseconds since a fixed moment. Setting the machine's date and time does not change it, but it may stand still
   * while the machine is suspended: a Lambda environment between two invocations, a hibernated instance.
   */
  monotonic(): number;
  /** Milliseconds since 1970 on the wall clock. It goes on while the machine is suspended, but may be set at any time. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason once that aborts, and leaves no timer behind. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** One moment on both clocks. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export const momentOf = (clock: RouterClock): Moment => ({ monotonic: clock.monotonic(), wall: clock.now() });

/**
 * Returns the ms since `moment` by the clock that says more. As long as one of the two has been right since then, it is
 * never less than the time that has passed. A clock that went ahead makes it more.
 */
export const msSince = (clock: RouterClock, moment: Moment): number =>
  Math.max(clock.monotonic() - moment.monotonic, clock.now() - moment.wall);

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
