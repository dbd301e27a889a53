import type { RouterClock } from './clock.ts';

/**
 * The longest pause, in ms, which is the longest that a flip is not seen; a pause takes two fifths of it, or more.
 * A fence lasts about a second: some thirty reads of the route for each process that has writes of that tenant waiting.
 */
const LONGEST_MS = 50;
const SHORTEST_SHARE = 0.4;

/** Pauses between two looks at a fence: one for all writes of a tenant that wait, so that all of them look once. */
export class FencePauses {
  readonly #clock: RouterClock;
  readonly #random: () => number;
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(clock: RouterClock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The pause that other writes of the tenant are in, if any. */
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
