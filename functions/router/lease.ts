import type { RouterClock } from './clock.ts';

/**
 * The time for which a route may be used. It begins before the request for the route is sent: DynamoDB answers after
 * that, so a fence that the answer doesn't show comes later, and who waits `ms` after setting the fence has waited for
 * this lease. Nothing waits for a lease of 0 ms, and nothing is lent by it: it doesn't end.
 */
export class Lease {
  readonly #clock: RouterClock;
  readonly #ms: number;
  readonly #endsAt: number;

  /** @param askedAt on the monotonic clock. */
  constructor(clock: RouterClock, askedAt: number, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
    this.#endsAt = ms > 0 ? askedAt + ms : Number.POSITIVE_INFINITY;
  }

  /** In ms; 0 or less when it is over. */
  left(): number {
    return this.#endsAt - this.#clock.monotonic();
  }

  /** What is left, as a share of the whole. */
  share(): number {
    return this.left() / this.#ms;
  }
}
