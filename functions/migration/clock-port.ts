import type { EpochMs } from './names.ts';

export interface Clock {
  /** Wall clock. */
  now(): EpochMs;
  /** Monotonic clock in ms, for durations and leases. */
  monotonic(): number;
  /**
   * Resolves after `ms`, or rejects when `signal` aborts. For pauses within one slice only: long waits belong to the
   * state machine.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A bounded piece of work. It stops at `deadline` (monotonic, in ms) and returns a cursor. */
export interface Slice {
  readonly deadline: number;
}
