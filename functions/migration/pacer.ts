import type { Clock } from './ports.ts';

const MS = 1_000;
/**
 * The longest wait for what one call has used, in ms: a batch of 25 items of 400 KB uses 10,000 units at once, and a
 * function that waited for it at a low limit would never come to save its progress.
 */
const LONGEST_MS = 20_000;

/**
 * Holds writes to so many capacity units a second, so that neighbours in a shared table keep theirs. What a call used is
 * known when it is over, so a call may run ahead; the next one waits until the debt is paid.
 */
export class Pacer {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #unitsPerSecond: number | undefined;
  #paidAt = 0;

  /** @param unitsPerSecond write units a second; absent for no limit. */
  constructor(clock: Pick<Clock, 'monotonic'>, unitsPerSecond?: number) {
    this.#clock = clock;
    this.#unitsPerSecond = unitsPerSecond;
  }

  /** From now on; what is owed is paid at the new pace. */
  limitTo(unitsPerSecond: number | undefined): void {
    const owed = this.waitMs * (this.#unitsPerSecond ?? 0);
    this.#unitsPerSecond = unitsPerSecond;
    this.#paidAt = this.#clock.monotonic() + (unitsPerSecond === undefined ? 0 : owed / unitsPerSecond);
  }

  /** How long the next call has to wait, in ms. */
  get waitMs(): number {
    return Math.min(Math.max(0, this.#paidAt - this.#clock.monotonic()), LONGEST_MS);
  }

  spend(units: number): void {
    if (this.#unitsPerSecond === undefined) return;
    const now = this.#clock.monotonic();
    this.#paidAt = now + Math.min(this.waitMs + (units / this.#unitsPerSecond) * MS, LONGEST_MS);
  }
}
