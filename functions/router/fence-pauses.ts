import type { RouterClock } from './clock.ts';

/** The longest first pause and the longest of all, in ms; a pause takes two fifths of that, or more. */
const FIRST_MS = 50;
const LONGEST_MS = 100;
const GROWTH = 1.25;
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

  /** @param before how many pauses this write has waited for. */
  join(tenantId: string, before: number): Promise<void> {
    const joined = this.#underWay.get(tenantId);
    if (joined) return joined;
    const longest = Math.min(FIRST_MS * GROWTH ** before, LONGEST_MS);
    const share = SHORTEST_SHARE + (1 - SHORTEST_SHARE) * this.#random();
    const pause = this.#clock.sleep(longest * share).finally(() => this.#underWay.delete(tenantId));
    this.#underWay.set(tenantId, pause);
    return pause;
  }
}
