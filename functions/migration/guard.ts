import { MigrationCancelled, StaleAttempt } from './errors.ts';
import { isClosed, isFlipped } from './life-cycle.ts';
import type { Migration } from './migration.ts';

/** @throws StaleAttempt where another attempt has taken over. */
export const wayOutGuard = (migration: Migration, attempt: number): void => {
  if (migration.attempt !== attempt) {
    throw new StaleAttempt(
      `attempt ${attempt} of ${migration.migrationId} is over; attempt ${migration.attempt} has begun`,
    );
  }
};

/**
 * An interpreter that was stopped or a Map item that failed leaves other items going; none of them may act any more.
 * @throws StaleAttempt where another attempt has taken over or the migration is over or being rolled back.
 * @throws MigrationCancelled where somebody cancelled it before the flip.
 */
export const forwardGuard = (migration: Migration, attempt: number): void => {
  wayOutGuard(migration, attempt);
  if (
    migration.status === 'rollingBack' ||
    (isClosed(migration.status) && migration.status !== 'completed')
  ) {
    throw new StaleAttempt(`${migration.migrationId} is ${migration.status}`);
  }
  if (migration.cancellation && !isFlipped(migration.status)) {
    throw new MigrationCancelled(`cancelled by ${migration.cancellation.by}: ${migration.cancellation.why}`);
  }
};
