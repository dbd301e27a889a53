import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { findMigration } from '../record/find-migration.ts';
import { assertAllowed, cancelRefusal } from '../record/refusals.ts';
import { retryOnConflict } from '../record/retry-on-conflict.ts';
import type { AuditNote } from './audit-note.ts';
import { isExecuting, isQueued } from './execution-state.ts';
import { requestRollbackChange, withPauseEnd } from './rollback-change.ts';

/**
 * Cancels a migration before its flip, and ends a pause. A running execution begins the rollback at its next step, and cannot
 * flip any more. If no execution runs, a new one performs the rollback. A second cancel changes neither who cancelled nor why.
 * @throws NotSafe if the migration has ended, or the tenant has flipped (see `rollbackMigration`)
 */
export const cancelMigration = (ports: Ports, migrationId: string, note: AuditNote): Promise<Migration> =>
  retryOnConflict(() => cancelNow(ports, migrationId, note));

const cancelNow = async (
  ports: Ports,
  migrationId: string,
  { by, reason }: AuditNote,
): Promise<Migration> => {
  const migration = await findMigration(ports, migrationId);
  assertAllowed(cancelRefusal(migration), migration);
  const isAlone = await hasNoExecution(ports, migration);
  const attempt = isAlone ? migration.attempt + 1 : migration.attempt;
  const at = ports.clock.now();
  const event = { who: by, reason: `${withPauseEnd('cancel requested', migration)}: ${reason}`, at };
  const { cancellation: first } = migration;
  // a second cancel may start a rollback whose execution has died; the record keeps who cancelled, and why
  const undo = requestRollbackChange(migration, first ?? { by, reason }, at);
  const endedPause = first?.endedPause ?? undo.cancellation.endedPause;
  const change = { ...undo, cancellation: { ...undo.cancellation, endedPause }, attempt };
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
    await ports.workflow.startRollback(migration.migrationId, attempt);
    return cancelled;
  }
  // checked after the cancellation was written, so that an execution that runs or is just starting reads it at its next step
  return (await isExecuting(ports, migration)) ? cancelled : startRollbackAlone(ports, cancelled, by);
};

/** True if the execution is known to have ended, or the migration is queued and none was started. */
const hasNoExecution = async (ports: Ports, migration: Migration): Promise<boolean> => {
  const { migrationId, attempt } = migration;
  if (await ports.workflow.isRunning(migrationId, attempt)) return false;
  return (await ports.workflow.isShown(migrationId, attempt)) || (await isQueued(ports, migration));
};

/** Starts a rollback for a cancelled migration whose execution has ended without reading the cancellation. */
const startRollbackAlone = async (ports: Ports, cancelled: Migration, by: string): Promise<Migration> => {
  const { migrationId, status } = cancelled;
  const attempt = cancelled.attempt + 1;
  const event = {
    who: by,
    reason: `attempt ${attempt} rolls back: no execution runs`,
    at: ports.clock.now(),
  };
  const next = await ports.migrations.transition(cancelled, status, event, { attempt });
  await ports.workflow.startRollback(migrationId, attempt);
  return next;
};
