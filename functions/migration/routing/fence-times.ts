import type { Direction } from '../apply/way.ts';
import type { FenceTimes, Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';

/**
 * Returns how long writes have been fenced in all, now that a fence has ended.
 * @param flipped the direction of the flip that ended it; absent if writes were reopened.
 */
export const fencesUntil = (
  { fencedAt, fences }: Pick<Migration, 'fencedAt' | 'fences'>,
  endedAt: EpochMs,
  flipped?: Direction,
): FenceTimes | undefined => {
  if (fencedAt === undefined) return fences;
  const ms = Math.max(0, endedAt - fencedAt);
  return {
    ...fences,
    totalMs: (fences?.totalMs ?? 0) + ms,
    ...(flipped === 'forth' ? { forwardMs: ms } : {}),
    ...(flipped === 'back' ? { reverseMs: ms } : {}),
  };
};

/** When a fence has ended that another process reopened, at the latest: a watchdog does so at the deadline. */
export const overdueAt = (
  { fencedAt }: Pick<Migration, 'fencedAt'>,
  maxFenceMs: number,
  now: EpochMs,
): EpochMs => (fencedAt === undefined ? now : (Math.min(now, fencedAt + maxFenceMs) as EpochMs));
