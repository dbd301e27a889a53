import type { MigrationId } from '../names.ts';
import type { IndexCheckProgress, UnfinishedIndexValues } from './index-check.ts';

/** Progress of the check of the target's indexes. */
export interface IndexCheckRecords {
  /** Saves the progress of the check of the target's indexes, replacing the earlier one. */
  saveIndexChecks(migrationId: MigrationId, checks: IndexCheckProgress): Promise<void>;
  indexChecks(migrationId: MigrationId): Promise<IndexCheckProgress | undefined>;
  /** Saves the progress of a reading for that check, replacing the earlier one; undefined once it has ended. */
  saveIndexValues(migrationId: MigrationId, values: UnfinishedIndexValues | undefined): Promise<void>;
  indexValues(migrationId: MigrationId): Promise<UnfinishedIndexValues | undefined>;
}
