import type { Migration } from '../migration.ts';
import { type EpochMs, epochMs } from '../names.ts';
import { livesOnTarget } from '../route/lives-on-target.ts';

/**
 * The work that a rollback does now. `applying`: changes made since the flip are applied to the kept source. `fenced`: writes are
 * fenced, and the flip back follows. `comparing`: the tenant lives on the source again, and the target is compared with it.
 * `waiting`: calls that were made before may still arrive. `discarding`: the copies are deleted from the target.
 */
export const ROLLBACK_STEPS = ['applying', 'fenced', 'comparing', 'waiting', 'discarding'] as const;
export type RollbackStep = (typeof ROLLBACK_STEPS)[number];

export interface RollbackProgress {
  readonly step: RollbackStep;
  /** Time until which a call that was made before may still arrive; absent if none may. */
  readonly waitsUntil?: EpochMs | undefined;
}

/** Returns what a rollback does now; undefined if the migration is not being rolled back. */
export const rollbackProgress = (migration: Migration, now: EpochMs): RollbackProgress | undefined => {
  const { status, fencedAt, flippedAt, reverseFlippedAt, targetComparedAt, discardedItems } = migration;
  if (status !== 'rollingBack') return undefined;
  if (livesOnTarget(migration)) return { step: fencedAt === undefined ? 'applying' : 'fenced' };
  if (flippedAt !== undefined && targetComparedAt === undefined) return { step: 'comparing' };
  const { lateCallsOutAt = 0, lateSentinelsOutAt = 0, staleReadsOutAt = 0 } = migration;
  const itemsOutAt = Math.max(lateCallsOutAt, reverseFlippedAt === undefined ? 0 : staleReadsOutAt);
  // sentinels are deleted for the last time at the very end
  const outAt = Math.max(itemsOutAt, lateSentinelsOutAt);
  const isWaiting = itemsOutAt > now && discardedItems === undefined;
  return {
    step: isWaiting ? 'waiting' : 'discarding',
    waitsUntil: outAt > now ? epochMs(outAt) : undefined,
  };
};
