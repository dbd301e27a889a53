import type { EpochMs, TenantId } from '../names.ts';

export interface SweepState {
  /** The last tenant that was checked; absent between two rounds. */
  readonly after?: TenantId;
  /** Time at which the last round ended; absent within a round. */
  readonly endedAt?: EpochMs;
}

/** Progress of the automatic sweep. Two concurrent sweeps do twice the work, but no harm. */
export interface Sweeps {
  current(): Promise<SweepState>;
  save(state: SweepState): Promise<void>;
}
