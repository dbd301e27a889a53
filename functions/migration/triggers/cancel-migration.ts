import { Conflict, NotSafe } from '../errors.ts';
import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { findMigration } from './find-migration.ts';

const TRIES = 10;

/**
 * Asks for the migration to be rolled back. A running execution hears it at its next step; a dead one is rolled back by
 * an execution of its own.
 * @throws NotSafe where the migration is over, or the tenant lives on the target already.
 */
export const cancelMigration = async (
  ports: Ports,
  migrationId: string,
  said: { by: string; why: string },
): Promise<Migration> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await cancelNow(ports, migrationId, said);
    } catch (error) {
      // it has moved on in between: look again
      if (!(error instanceof Conflict) || tries === TRIES) throw error;
    }
  }
};

const cancelNow = async (
  ports: Ports,
  migrationId: string,
  { by, why }: { by: string; why: string },
): Promise<Migration> => {
  const migration = await findMigration(ports, migrationId);
  if (isClosed(migration.status)) throw new NotSafe(`${migrationId} is ${migration.status} already`);
  if (isFlipped(migration.status)) {
    throw new NotSafe(
      `${migrationId} has flipped: the tenant lives on ${migration.target.table}; take it back with 'tierferry rollback ${migrationId}'`,
    );
  }
  const isRunning = await ports.workflow.isRunning(migration.migrationId, migration.attempt);
  const attempt = isRunning ? migration.attempt : migration.attempt + 1;
  const event = { who: by, why: `called back: ${why}`, at: ports.clock.now() };
  const change = { cancellation: { by, why }, attempt };
  const cancelled = await ports.migrations.transition(migration, migration.status, event, change);
  if (!isRunning) await ports.workflow.startRollBack(migration.migrationId, attempt);
  return cancelled;
};
