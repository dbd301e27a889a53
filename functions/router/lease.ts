import { type Moment, msSince, type RouterClock } from './clock.ts';

/**
 * The time for which a route may be used. It begins before the request for the route is sent: DynamoDB answers after
 * that, so a fence that the answer does not show is set later, and a migration that waits `ms` after setting its fence
 * has outwaited this lease.
 *
 * It ends by whichever of the two clocks says so first. The monotonic clock may stand still while the machine is
 * suspended, and the migration does not wait for that; the wall clock shows it. A wall clock that is set back changes
 * nothing, and one that is set ahead ends the lease early.
 *
 * A lease of 0 ms does not end: no migration waits for it, and the router begins no write by it.
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

  /** True if it ends at all. */
  get isLimited(): boolean {
    return this.#ms > 0;
  }

  /** Returns the time that is left, in ms; 0 or less once the lease has ended. */
  left(): number {
    return this.isLimited ? this.#ms - msSince(this.#clock, this.#askedAt) : Number.POSITIVE_INFINITY;
  }

  /** Returns the time that is left, as a share of the whole. */
  share(): number {
    return this.left() / this.#ms;
  }
}
