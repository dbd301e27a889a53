/** Units that come back by the second, up to a maximum. It may be overdrawn; what is owed comes back first. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #most: number;
  readonly #now: () => number;
  #units: number;
  #at: number;

  /** @param now in ms. */
  constructor({ perSecond, most }: { readonly perSecond: number; readonly most: number }, now: () => number) {
    this.#perSecond = perSecond;
    this.#most = most;
    this.#now = now;
    this.#units = most;
    this.#at = now();
  }

  /** True if there are so many units, or any if `least` is left out. */
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
