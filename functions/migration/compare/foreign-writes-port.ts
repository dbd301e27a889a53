import type { EntityKey, EpochMs, MigrationId } from '../names.ts';
import type { Difference } from '../segment.ts';

/** Keys that another process changed, in one record of a migration. */
export interface ForeignWrites {
  /** Saves the keys that another process changed, replacing the earlier ones. */
  saveForeign(migrationId: MigrationId, foreign: ForeignKeys): Promise<void>;
  foreign(migrationId: MigrationId): Promise<ForeignKeys>;
}

/** A key that another process changed, or of which the side that a flip made live has missed a write. */
export interface ReportedDifference extends Difference {
  /** The attempt that reported the difference. An operator who has retried since knows it. */
  readonly attempt?: number;
  /** Present if the source missed the write in a rollback: only the target that was left has it. */
  readonly isAfterReverseFlip?: true;
}

/** Keys of one migration that another process changed, in one record. */
export interface ForeignKeys {
  readonly differences: readonly ReportedDifference[];
  /** Differences between the two sides that stopped an attempt after a flip; an operator who retries has seen them. */
  readonly mismatches?: readonly ReportedDifference[];
  /** Key of a sentinel that must arrive through capture before the keys count as another process's. */
  readonly proof?: EntityKey;
  /**
   * Time at which these keys were first found. Present with `proof`, or while a cutover waits for a change that
   * explains them.
   */
  readonly since?: EpochMs;
}
