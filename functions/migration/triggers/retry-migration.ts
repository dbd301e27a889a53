import { NotSafe } from '../errors.ts';
import { isClosed, isFlipped } from '../life-cycle.ts';
import { MAX_HOLD_MS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { keepPlace } from '../queue/keep-place.ts';
import { findMigration } from './find-migration.ts';
import { requestMigration } from './request-migration.ts';
import { isOfEitherMachine, waitsForItsTurn, worksOn } from './works-on.ts';

/**
 * Starts the next attempt, from where the last one got to. One that was rolled back, or failed before anything was
 * reserved, is over: a new migration does it again, so that nothing that is left over of the old one can touch it.
 * @returns the migration that runs now: the same, or the new one. @throws what `requestMigration` throws.
 * @throws NotSafe where the migration is complete or cancelled, or its execution is still under way, or has not begun since others go first.
 */
export const retryMigration = async (ports: Ports, migrationId: string, by: string): Promise<Migration> => {
  const migration = await findMigration(ports, migrationId);
  if (migration.status === 'completed' || migration.status === 'cancelled') {
    throw new NotSafe(`${migrationId} is ${migration.status}; request a new migration`);
  }
  if (await ports.workflow.isRunning(migration.migrationId, migration.attempt)) {
    throw new NotSafe(
      `${migrationId} is still running (attempt ${migration.attempt}); wait for it or cancel it`,
    );
  }
  if (isClosed(migration.status)) return again(ports, migration, by);
  if (await waitsForItsTurn(ports, migration))
    throw new NotSafe(`${migrationId} waits for its turn; see 'tierferry queue'`);
  if (!isFlipped(migration.status) && !migration.dryRun) await keepPlace(ports, migration);
  if (await worksOn(ports, migration)) {
    // it was started a moment ago, or only now: a crash came before
    if (!isOfEitherMachine(migration)) return migration;
    throw new NotSafe(
      `${migrationId} was changed a moment ago, and its execution may not be shown yet; try again in a minute`,
    );
  }
  // the attempt's number goes up first: whatever still runs of the last one finds itself stale
  const attempt = migration.attempt + 1;
  const event = { who: by, why: `attempt ${attempt} begun`, at: ports.clock.now() };
  const next = await ports.migrations.transition(migration, migration.status, event, { attempt });
  if (!isFlipped(next.status) && !next.dryRun) await keepPlace(ports, next);
  await ports.workflow.start(next.migrationId, next.attempt);
  return next;
};

const again = (ports: Ports, migration: Migration, by: string): Promise<Migration> => {
  const { migrationId, tenantId, source, target, dryRun, holdMs, cutoverHeld } = migration;
  const { writeUnitsPerSecond, readUnitsPerSecond } = migration;
  const stays = source.tier === target.tier && source.placement === target.placement;
  return requestMigration(ports, {
    tenantId,
    ...(stays ? {} : { toTier: target.tier, dedicated: target.placement === 'dedicated' }),
    dryRun,
    // a record from before holds were bounded
    holdMs: Math.min(holdMs, MAX_HOLD_MS),
    holdCutover: cutoverHeld,
    ...(writeUnitsPerSecond === undefined ? {} : { writeUnitsPerSecond }),
    ...(readUnitsPerSecond === undefined ? {} : { readUnitsPerSecond }),
    requestedBy: by,
    reason: migration.reason,
    retryOf: migrationId,
  });
};
