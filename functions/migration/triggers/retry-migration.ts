import { NotSafe } from '../errors.ts';
import type { OperatorExecution } from '../execution.ts';
import { isClosed, isFlipped } from '../life-cycle.ts';
import { MAX_HOLD_MS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { keepPlace } from '../queue/keep-place.ts';
import { retryRefusal } from '../refusals.ts';
import { findMigration } from './find-migration.ts';
import { type MigrationRequest, requestMigration } from './request-migration.ts';
import { isOfEitherMachine, mayBeStarting, waitsForItsTurn, worksOn } from './works-on.ts';

/**
 * Starts the next attempt, from where the last one got to. One that was rolled back, or failed before anything was
 * reserved, is over: a new migration does it again, so that nothing that is left over of the old one can touch it.
 * @param why for the audit trail.
 * @returns the migration that runs now: the same, or the new one. @throws what `requestMigration` throws.
 * @throws NotSafe where the migration is complete or cancelled, or its execution is still under way, or has not begun since others go first.
 */
export const retryMigration = async (
  ports: Ports,
  migrationId: string,
  by: string,
  why?: string,
): Promise<Migration> => {
  const migration = await findMigration(ports, migrationId);
  const refusal = retryRefusal(migration, await strictExecutionOf(ports, migration));
  if (refusal !== undefined) throw new NotSafe(refusal);
  if (isClosed(migration.status)) return requestMigration(ports, requestAgain(migration, by, why));
  if (!isFlipped(migration.status) && !migration.dryRun) await keepPlace(ports, migration);
  // it was started a moment ago, or only now: a crash came before
  if (!isOfEitherMachine(migration) && (await worksOn(ports, migration))) return migration;
  // the attempt's number goes up first: whatever still runs of the last one finds itself stale
  const attempt = migration.attempt + 1;
  const event = {
    who: by,
    why: `attempt ${attempt} begun${why === undefined ? '' : `: ${why}`}`,
    at: ports.clock.now(),
  };
  const next = await ports.migrations.transition(migration, migration.status, event, { attempt });
  if (!isFlipped(next.status) && !next.dryRun) await keepPlace(ports, next);
  await ports.workflow.start(next.migrationId, next.attempt);
  return next;
};

/**
 * Asks what works on a migration. Unlike `executionOf` it tells a queued migration that was admitted, and whose execution
 * died, from one that waits for its turn, and a rollback that was started a moment ago from one that has stopped.
 * @throws what `Workflow.isRunning` and `Admissions.current` throw.
 */
export const strictExecutionOf = async (
  ports: Pick<Ports, 'workflow' | 'admissions' | 'clock'>,
  migration: Migration,
): Promise<OperatorExecution> => {
  const { migrationId, attempt, status } = migration;
  if (status === 'completed' || status === 'cancelled') return 'ended';
  if (await ports.workflow.isRunning(migrationId, attempt)) return 'running';
  if (isClosed(status)) return 'ended';
  if (await waitsForItsTurn(ports, migration)) return 'waiting';
  return (await mayBeStarting(ports, migration)) ? 'starting' : 'stopped';
};

/** Returns the request that does again what an ended migration was asked for. @param why for the same reason if absent */
export const requestAgain = (migration: Migration, by: string, why = migration.reason): MigrationRequest => {
  const { migrationId, tenantId, source, target, dryRun, holdMs, cutoverHeld } = migration;
  const { writeUnitsPerSecond, readUnitsPerSecond } = migration;
  const stays = source.tier === target.tier && source.placement === target.placement;
  return {
    tenantId,
    ...(stays ? {} : { toTier: target.tier, dedicated: target.placement === 'dedicated' }),
    dryRun,
    // a record from before holds were bounded
    holdMs: Math.min(holdMs, MAX_HOLD_MS),
    holdCutover: cutoverHeld,
    ...(writeUnitsPerSecond === undefined ? {} : { writeUnitsPerSecond }),
    ...(readUnitsPerSecond === undefined ? {} : { readUnitsPerSecond }),
    requestedBy: by,
    reason: why,
    retryOf: migrationId,
  };
};
