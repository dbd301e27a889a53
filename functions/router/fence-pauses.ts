import type { RouterClock } from './clock.ts';

/**
 * Maximum time between two polls of a fenced route, in ms, and so the longest time until a flip is noticed. The actual
 * time is random, and at least `SHORTEST_SHARE` of this. A fence lasts about a second: a process with waiting writes
 * reads the tenant's route about thirty times.
 */
const LONGEST_MS = 50;
const SHORTEST_SHARE = 0.4;

/**
 * The waits between two polls of a fenced route. All waiting writes of a tenant share one wait and the poll after it.
 */
export class FencePauses {
  readonly #clock: RouterClock;
  readonly #random: () => number;
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(clock: RouterClock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Returns the tenant's current wait, if there is one. */
  underWay(tenantId: string): Promise<void> | undefined {
    return this.#underWay.get(tenantId);
  }

  join(tenantId: string): Promise<void> {
    const joined = this.#underWay.get(tenantId);
    if (joined) return joined;
    const share = SHORTEST_SHARE + (1 - SHORTEST_SHARE) * this.#random();
    const pause = this.#clock.sleep(LONGEST_MS * share).finally(() => this.#underWay.delete(tenantId));
    this.#underWay.set(tenantId, pause);
    return pause;
  }
}
