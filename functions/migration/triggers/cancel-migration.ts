import { NotSafe } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { cancelRefusal } from '../refusals.ts';
import { endPause, type Said, withEndOfPause } from './control-migration.ts';
import { findMigration } from './find-migration.ts';
import { retryOnConflict } from './retry-on-conflict.ts';
import { waitsForItsTurn, worksOn } from './works-on.ts';

/**
 * Cancels a migration before its flip, and ends a pause. A running execution begins the rollback at its next step, and cannot
 * flip any more. If no execution runs, a new one performs the rollback.
 * @throws NotSafe if the migration has ended, or the tenant has flipped (see `rollbackMigration`)
 */
export const cancelMigration = (ports: Ports, migrationId: string, said: Said): Promise<Migration> =>
  retryOnConflict(() => cancelNow(ports, migrationId, said));

const cancelNow = async (ports: Ports, migrationId: string, { by, why }: Said): Promise<Migration> => {
  const migration = await findMigration(ports, migrationId);
  const refusal = cancelRefusal(migration);
  if (refusal !== undefined) throw new NotSafe(refusal);
  const isAlone = await worksNoExecution(ports, migration);
  const attempt = isAlone ? migration.attempt + 1 : migration.attempt;
  const at = ports.clock.now();
  const event = { who: by, why: `${withEndOfPause('cancel requested', migration)}: ${why}`, at };
  const change = { ...endPause(migration, { by, why }, at), attempt };
  const cancelled = await ports.migrations.transition(
    migration,
    migration.status,
    event,
    change,
    undefined,
    [],
    ['controlledAt'],
  );
  if (isAlone) {
    await ports.workflow.startRollBack(migration.migrationId, attempt);
    return cancelled;
  }
  // checked after the cancellation was written, so that an execution that runs or is just starting reads it at its next step
  return (await worksOn(ports, migration)) ? cancelled : rollBackAlone(ports, cancelled, by);
};

/** True if the execution is known to have ended, or the migration is queued and none was started. */
const worksNoExecution = async (ports: Ports, migration: Migration): Promise<boolean> => {
  const { migrationId, attempt } = migration;
  if (await ports.workflow.isRunning(migrationId, attempt)) return false;
  return (await ports.workflow.isShown(migrationId, attempt)) || (await waitsForItsTurn(ports, migration));
};

/** Starts a rollback for a cancelled migration whose execution has ended without reading the cancellation. */
const rollBackAlone = async (ports: Ports, cancelled: Migration, by: string): Promise<Migration> => {
  const { migrationId, status } = cancelled;
  const attempt = cancelled.attempt + 1;
  const event = { who: by, why: `attempt ${attempt} rolls back: no execution runs`, at: ports.clock.now() };
  const next = await ports.migrations.transition(cancelled, status, event, { attempt });
  await ports.workflow.startRollBack(migrationId, attempt);
  return next;
};
