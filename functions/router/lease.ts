import { type Moment, msSince, type RouterClock } from './clock.ts';

/**
 * The time for which a route may be used. It starts before the request for the route is sent. DynamoDB answers later
 * than that, so any fence missing from the answer was set later. A migration that waits `ms` after setting its fence
 * has therefore outlasted this lease.
 *
 * The lease ends as soon as either of the two clocks shows that it has. The monotonic clock may stand still while the
 * machine is suspended, but the migration continues; the wall clock shows the time that was missed. Setting the wall
 * clock back does not extend the lease, and setting it ahead ends the lease early.
 *
 * A lease of 0 ms never ends. No migration waits for it, and the router starts no write under it.
 */
export class Lease {
  readonly #clock: RouterClock;
  readonly #askedAt: Moment;
  readonly #ms: number;

  constructor(clock: RouterClock, askedAt: Moment, ms: number) {
    this.#clock = clock;
    this.#askedAt = askedAt;
    this.#ms = ms;
  }

  /** True if the lease ends at all. */
  get isLimited(): boolean {
    return this.#ms > 0;
  }

  /** Returns the remaining time in ms; 0 or less once the lease has ended. */
  left(): number {
    return this.isLimited ? this.#ms - msSince(this.#clock, this.#askedAt) : Number.POSITIVE_INFINITY;
  }

  /** Returns the remaining time as a share of the whole lease. */
  share(): number {
    return this.left() / this.#ms;
  }
}
