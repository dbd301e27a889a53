/**
 * The router's clocks. A lease is measured on both clocks and ends as soon as either of them shows that it has. Waits
 * (`maxWriteWaitMs`, `routeTimeoutMs`, polls of a fenced route) are measured on `monotonic` only, since they never
 * extend the use of a route.
 */
export interface RouterClock {
  /**
   * Returns the milliseconds since a fixed moment. Setting the system time does not change it. It may stand still while
   * the machine is suspended: a Lambda environment between two invocations, or a hibernated instance.
   */
  monotonic(): number;
  /**
   * Returns the wall clock's milliseconds since 1970. It advances while the machine is suspended, but may be set at any
   * time.
   */
  now(): number;
  /** Resolves after `ms`. If the signal aborts first, rejects with its reason and clears the timer. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** One moment, as read from both clocks. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export const readClocks = (clock: RouterClock): Moment => ({
  monotonic: clock.monotonic(),
  wall: clock.now(),
});

/**
 * Returns the ms since `moment`, by whichever clock shows more. If at least one of the clocks has been right since
 * then, the result is never less than the time that has passed. A clock that was set ahead makes it larger.
 */
export const msSince = (clock: RouterClock, moment: Moment): number =>
  Math.max(clock.monotonic() - moment.monotonic, clock.now() - moment.wall);

/** Maximum delay of a timer, in ms; with a longer delay it would fire at once. Waking early does no harm. */
const MAX_TIMER_MS = 2 ** 31 - 1;

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
        Math.min(ms, MAX_TIMER_MS),
      );
      signal?.addEventListener('abort', stop, { once: true });
    }),
};
