import type { RouterClock } from './clock.ts';
import { TenantLeaseExpired } from './errors.ts';
import type { Lease } from './lease.ts';

interface LeasedCall {
  readonly tenantId: string;
  readonly lease: Lease;
  readonly clock: RouterClock;
  /** The caller's signal. */
  readonly signal?: AbortSignal | undefined;
  /** Called if the operation ended after its lease. */
  readonly leaseEnded?: () => void;
}

/**
 * Runs an operation with a signal that aborts when the lease ends, or earlier if the caller's signal aborts.
 *
 * An outcome that arrives after the lease has ended is not returned, since the tenant may have been flipped by then:
 * - A write that succeeded may have reached the source after it was compared. Reported as done, it would be lost (I2).
 * - A read that succeeded may have read the source after its clean-up. Within the lease that cannot happen: until the
 *   lease has ended, the table is live, or it is kept after the flip. A kept table holds the state at the flip, and the
 *   flip happened during the read. A late read may be just as good, but the router does not know when DynamoDB answered
 *   (I3).
 * - A failure may be either of these: a rejected condition was checked against the same table.
 *
 * @throws TenantLeaseExpired if the operation ends after its lease.
 */
export const runUnderLease = async <T>(
  terms: LeasedCall,
  operation: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const limit = new LeaseSignal(terms);
  let result: T;
  try {
    result = await operation(limit.signal);
  } catch (cause) {
    if (!limit.leaseHasEnded) throw cause;
    terms.leaseEnded?.();
    throw new TenantLeaseExpired(terms.tenantId, { cause });
  } finally {
    limit.release();
  }
  if (!limit.leaseHasEnded) return result;
  terms.leaseEnded?.();
  throw new TenantLeaseExpired(terms.tenantId, { result });
};

/**
 * Maximum time between two readings of the clocks, in ms. Timers stand still while the machine is suspended, so no
 * timer is set for a whole lease. After a suspension the signal aborts within this time. That also ends a request that
 * waits for a socket and no longer reads `aborted`.
 */
const MAX_SLEEP_MS = 100;

/**
 * Reason of an abort that no listener reads. Without one, each abort creates an error with a stack trace, at a high
 * cost.
 */
const RELEASED = Symbol('released');

class LeaseSignal {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #released = new AbortController();
  readonly #lease: Lease;
  readonly #clock: RouterClock;
  readonly #callers: AbortSignal | undefined;
  #isAborted = false;
  /** Stays true even if the wall clock is set back after it has ended the lease. */
  #leaseHasEnded = false;

  constructor({ lease, clock, signal: callers }: LeasedCall) {
    this.#lease = lease;
    this.#clock = clock;
    this.#callers = callers;
    this.signal = this.#exact(this.#controller.signal);
    callers?.addEventListener('abort', () => this.#abort(callers.reason), {
      once: true,
      signal: this.#released.signal,
    });
    // the sleep rejects once the signal is released
    this.#abortWithLease().catch(() => {});
  }

  /** True once the lease has ended. Reads both clocks. */
  get leaseHasEnded(): boolean {
    if (!this.#leaseHasEnded && this.#lease.left() <= 0) {
      this.#leaseHasEnded = true;
      this.#abort(new DOMException("the lease of the tenant's route ended", 'AbortError'));
    }
    return this.#leaseHasEnded;
  }

  release(): void {
    this.#released.abort(RELEASED);
  }

  async #abortWithLease(): Promise<void> {
    if (!this.#lease.isLimited) return;
    while (!this.leaseHasEnded) {
      await this.#clock.sleep(Math.min(this.#lease.left(), MAX_SLEEP_MS), this.#released.signal);
    }
  }

  /**
   * Makes `aborted` and `throwIfAborted` exact. A timer fires late if the process was busy or suspended, and a call
   * could then be sent after the lease. The SDK reads `aborted` right before it sends each attempt, so both clocks are
   * read there. The caller's signal is read too: it may be that of another tenant's lease, if one operation has two.
   */
  #exact(signal: AbortSignal): AbortSignal {
    const aborted = () => {
      if (this.#callers?.aborted) this.#abort(this.#callers.reason);
      return this.leaseHasEnded || this.#isAborted;
    };
    return Object.defineProperties(signal, {
      aborted: { get: aborted },
      throwIfAborted: {
        value: () => {
          if (aborted()) throw signal.reason;
        },
      },
    });
  }

  #abort(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#controller.abort(reason);
  }
}
