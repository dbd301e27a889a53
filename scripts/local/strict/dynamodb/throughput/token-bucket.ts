/** A token bucket: units are refilled over time up to a maximum. It may be overdrawn, and then refills from below zero. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #most: number;
  readonly #now: () => number;
  #units: number;
  #at: number;

  /** @param now returns ms. */
  constructor({ perSecond, most }: { readonly perSecond: number; readonly most: number }, now: () => number) {
    this.#perSecond = perSecond;
    this.#most = most;
    this.#now = now;
    this.#units = most;
    this.#at = now();
  }

  /** True if there are at least `least` units; any units by default. */
  has(least = Number.MIN_VALUE): boolean {
    return this.#refilled() >= least;
  }

  take(units: number): void {
    this.#units = this.#refilled() - units;
  }

  #refilled(): number {
    const now = this.#now();
    this.#units = Math.min(this.#most, this.#units + ((now - this.#at) / 1_000) * this.#perSecond);
    this.#at = now;
    return this.#units;
  }
}
