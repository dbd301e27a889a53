import type { RouterClock } from './clock.ts';
import { TenantLeaseExpired } from './errors.ts';
import type { Lease } from './lease.ts';

interface Terms {
  readonly tenantId: string;
  readonly lease: Lease;
  readonly clock: RouterClock;
  /** The caller's own. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs an operation with a signal that aborts when the lease ends, or before that when the caller's own does.
 * @throws TenantLeaseExpired where the operation fails after the lease has ended it.
 */
export const underLease = async <T>(
  terms: Terms,
  operation: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const limit = new LeaseSignal(terms);
  try {
    return await operation(limit.signal);
  } catch (error) {
    throw limit.leaseHasEnded ? new TenantLeaseExpired(terms.tenantId, { cause: error }) : error;
  } finally {
    limit.release();
  }
};

/** Nobody sees it. Without one, each abort makes an exception with a stack, which takes longer than all the rest. */
const RELEASED = Symbol('released');

class LeaseSignal {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #released = new AbortController();
  readonly #lease: Lease;
  #state: 'running' | 'leaseEnded' | 'callerAborted' = 'running';

  constructor({ lease, clock, signal: callers }: Terms) {
    this.#lease = lease;
    this.signal = this.#exact(this.#controller.signal);
    callers?.addEventListener('abort', () => this.#abort('callerAborted', callers.reason), {
      once: true,
      signal: this.#released.signal,
    });
    clock.sleep(lease.left(), this.#released.signal).then(
      () => this.#end(),
      () => {},
    );
  }

  get leaseHasEnded(): boolean {
    return this.#state === 'leaseEnded';
  }

  release(): void {
    this.#released.abort(RELEASED);
  }

  /**
   * A timer is late when the process is busy: a call could be sent after the lease then. The SDK asks `aborted` right
   * before it sends, at each attempt, so the clock is looked at there.
   */
  #exact(signal: AbortSignal): AbortSignal {
    const aborted = () => {
      if (this.#lease.left() <= 0) this.#end();
      return this.#state !== 'running';
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

  #end(): void {
    this.#abort('leaseEnded', new DOMException("the lease of the tenant's route ended", 'AbortError'));
  }

  #abort(state: 'leaseEnded' | 'callerAborted', reason: unknown): void {
    if (this.#state !== 'running') return;
    this.#state = state;
    this.#controller.abort(reason);
  }
}
