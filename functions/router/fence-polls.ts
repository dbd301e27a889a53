import type { RouterClock } from './clock.ts';

/**
 * Maximum time between two polls of a fenced route, in ms, and so the longest time until a flip is noticed. The actual
 * time is random, and at least `MIN_POLL_SHARE` of this. A fence lasts about a second: a process with waiting writes
 * reads the tenant's route about thirty times.
 */
const MAX_POLL_MS = 50;
const MIN_POLL_SHARE = 0.4;

/**
 * The waits between two polls of a fenced route. All waiting writes of a tenant share one wait and the poll after it.
 */
export class FencePolls {
  readonly #clock: RouterClock;
  readonly #random: () => number;
  readonly #inFlight = new Map<string, Promise<void>>();

  constructor(clock: RouterClock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Returns the tenant's current wait, if there is one. */
  inFlight(tenantId: string): Promise<void> | undefined {
    return this.#inFlight.get(tenantId);
  }

  join(tenantId: string): Promise<void> {
    const joined = this.#inFlight.get(tenantId);
    if (joined) return joined;
    const share = MIN_POLL_SHARE + (1 - MIN_POLL_SHARE) * this.#random();
    const pause = this.#clock.sleep(MAX_POLL_MS * share).finally(() => this.#inFlight.delete(tenantId));
    this.#inFlight.set(tenantId, pause);
    return pause;
  }
}
