import { Conflict } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { forwardGuard, rollbackGuard } from './guard.ts';

/**
 * Reads the migration again, with the operator's requests made while the step runs.
 * @throws StaleAttempt, MigrationCancelled if the step must not continue.
 */
export const refreshMigration = async (ports: Ports, migration: Migration): Promise<Migration> => {
  const now = await ports.migrations.get(migration.migrationId);
  if (!now) throw new Conflict(`migration ${migration.migrationId} has no record any more`);
  const guard = migration.status === 'rollingBack' ? rollbackGuard : forwardGuard;
  guard(now, migration.attempt);
  return now;
};
