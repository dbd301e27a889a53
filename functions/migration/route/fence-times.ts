import type { Direction, FencePhases, FenceTimes, Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';

/**
 * Returns the times for which writes were fenced, including the fence that has just ended.
 * @param flipped direction of the flip that ended the fence; absent if writes were reopened.
 * @param phases times at which the phases of that fence ended.
 */
export const addFenceTime = (
  { fencedAt, fences }: Pick<Migration, 'fencedAt' | 'fences'>,
  endedAt: EpochMs,
  flipped?: Direction,
  phases?: FencePhases,
): FenceTimes | undefined => {
  if (fencedAt === undefined) return fences;
  const ms = Math.max(0, endedAt - fencedAt);
  return {
    ...fences,
    totalMs: (fences?.totalMs ?? 0) + ms,
    ...(flipped === 'forward' ? { forwardMs: ms, ...(phases && { forwardPhases: phases }) } : {}),
    ...(flipped === 'reverse' ? { reverseMs: ms, ...(phases && { reversePhases: phases }) } : {}),
  };
};

/** Returns the latest time at which a fence that another process reopened has ended: a watchdog reopens it at its deadline. */
export const latestFenceEnd = (
  { fencedAt }: Pick<Migration, 'fencedAt'>,
  maxFenceMs: number,
  now: EpochMs,
): EpochMs => (fencedAt === undefined ? now : (Math.min(now, fencedAt + maxFenceMs) as EpochMs));
