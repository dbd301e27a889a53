import { isClosed, isFlipped } from '../life-cycle.ts';
import { MAX_HOLD_MS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { keepAdmission } from '../queue/keep-admission.ts';
import type { OperatorExecution } from '../record/execution.ts';
import { findMigration } from '../record/find-migration.ts';
import { assertAllowed, retryRefusal } from '../record/refusals.ts';
import { type MigrationRequest, requestMigration } from '../requests/request-migration.ts';
import { isExecuting, isQueued, mayBeRollbackExecution, mayBeStarting } from './execution-state.ts';

/**
 * Starts the next attempt, which continues where the last one stopped. A migration that was rolled back, or failed before it
 * reserved a target, has ended: a new migration is requested instead, so that late calls of the old one cannot affect it.
 * @param reason the reason for the audit trail.
 * @returns the migration that runs now: the same one, or the new one.
 * @throws NotSafe if the migration is completed or cancelled, is still running, or is queued
 * @throws the errors of `requestMigration`
 */
export const retryMigration = async (
  ports: Ports,
  migrationId: string,
  by: string,
  reason?: string,
): Promise<Migration> => {
  const migration = await findMigration(ports, migrationId);
  assertAllowed(retryRefusal(migration, await readExecutionState(ports, migration)), migration);
  if (isClosed(migration.status)) return requestMigration(ports, repeatedRequest(migration, by, reason));
  if (!isFlipped(migration.status) && !migration.dryRun) await keepAdmission(ports, migration);
  // an execution was started a moment ago, or now because a crash prevented it
  if (!mayBeRollbackExecution(migration) && (await isExecuting(ports, migration))) return migration;
  // the attempt's number is increased first, so that any step of the last attempt that still runs fails as stale
  const attempt = migration.attempt + 1;
  const event = {
    who: by,
    reason: `attempt ${attempt} begun${reason === undefined ? '' : `: ${reason}`}`,
    at: ports.clock.now(),
  };
  const next = await ports.migrations.transition(migration, migration.status, event, { attempt });
  if (!isFlipped(next.status) && !next.dryRun) await keepAdmission(ports, next);
  await ports.workflow.start(next.migrationId, next.attempt);
  return next;
};

/**
 * Returns the state of a migration's execution. Unlike `executionOf`, it distinguishes an admitted migration whose execution
 * died from one that is queued, and a rollback that was started a moment ago from one that has stopped.
 * @throws the errors of `Workflow.isRunning` and `Admissions.current`
 */
export const readExecutionState = async (
  ports: Pick<Ports, 'workflow' | 'admissions' | 'clock'>,
  migration: Migration,
): Promise<OperatorExecution> => {
  const { migrationId, attempt, status } = migration;
  if (status === 'completed' || status === 'cancelled') return 'ended';
  if (await ports.workflow.isRunning(migrationId, attempt)) return 'running';
  if (isClosed(status)) return 'ended';
  if (await isQueued(ports, migration)) return 'waiting';
  return (await mayBeStarting(ports, migration)) ? 'starting' : 'stopped';
};

/** Returns a request with the target and options of an ended migration. @param reason the new reason; the old one by default */
export const repeatedRequest = (
  migration: Migration,
  by: string,
  reason = migration.reason,
): MigrationRequest => {
  const { migrationId, tenantId, source, target, dryRun, holdMs, cutoverHeld } = migration;
  const { writeUnitsPerSecond, readUnitsPerSecond } = migration;
  const stays = source.tier === target.tier && source.placement === target.placement;
  return {
    tenantId,
    toTier: stays ? undefined : target.tier,
    dedicated: stays ? undefined : target.placement === 'dedicated',
    dryRun,
    // records of earlier versions may have a longer hold
    holdMs: Math.min(holdMs, MAX_HOLD_MS),
    holdCutover: cutoverHeld,
    writeUnitsPerSecond,
    readUnitsPerSecond,
    requestedBy: by,
    reason,
    retryOf: migrationId,
  };
};
