import { MigrationCancelled, StaleAttempt } from '../errors.ts';
import { isClosed, isFlipped, statusWords } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';

/** @throws StaleAttempt if another attempt has taken over. */
export const rollbackGuard = (migration: Migration, attempt: number): void => {
  if (migration.attempt !== attempt) {
    throw new StaleAttempt(
      `attempt ${attempt} of ${migration.migrationId} has ended; attempt ${migration.attempt} has begun`,
    );
  }
};

/**
 * Checks that a forward step may still act. An interpreter that was stopped, or a Map with a failed item, leaves other
 * items running, and none of them may act any more.
 * @throws StaleAttempt if another attempt has taken over, or the migration has ended or is being rolled back.
 * @throws MigrationCancelled if the migration was cancelled before the flip.
 */
export const forwardGuard = (migration: Migration, attempt: number): void => {
  rollbackGuard(migration, attempt);
  if (
    migration.status === 'rollingBack' ||
    (isClosed(migration.status) && migration.status !== 'completed')
  ) {
    throw new StaleAttempt(`${migration.migrationId} is ${statusWords(migration.status)}`);
  }
  if (migration.cancellation && !isFlipped(migration.status)) {
    throw new MigrationCancelled(
      `cancelled by ${migration.cancellation.by}: ${migration.cancellation.reason}`,
    );
  }
};
