import type { Migration } from '../migration.ts';
import type { EpochMs, MigrationId } from '../names.ts';
import type { Claim } from '../segment.ts';

/**
 * The claim on applying journalled keys: one worker per migration, which may write any key of the side that is being
 * filled. `migrationId` + `APPLIER`.
 */
export interface Appliers {
  /**
   * Takes or renews the claim, if the migration still has the status and attempt of `migration`.
   * @param ranOut as in `Segments.claim`.
   * @throws Conflict if the migration has moved on.
   * @throws ApplierClaimed if another worker's claim is valid, or if the expired claim is not `ranOut`.
   */
  claim(migration: Migration, claim: Claim, now: EpochMs, ranOut?: Claim): Promise<void>;
  /** Gives the claim back. Not having it any more is not an error. */
  release(migrationId: MigrationId, worker: string): Promise<void>;
  current(migrationId: MigrationId): Promise<Claim | undefined>;
}
