import type { Direction, FencePhases, FenceTimes, Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';

/**
 * Returns the change of the times for which writes were fenced that adds the fence which has just ended.
 * @param flipped direction of the flip that ended the fence; absent if writes were reopened.
 * @param phases times at which the phases of that fence ended.
 */
export const addFenceTime = (
  { fencedAt, fences }: Pick<Migration, 'fencedAt' | 'fences'>,
  endedAt: EpochMs,
  flipped?: Direction,
  phases?: FencePhases,
): Pick<Migration, 'fences'> => {
  if (fencedAt === undefined) return fences ? { fences } : {};
  const ms = Math.max(0, endedAt - fencedAt);
  const times: FenceTimes = { ...fences, totalMs: (fences?.totalMs ?? 0) + ms };
  if (flipped === 'forward')
    return { fences: { ...times, forwardMs: ms, forwardPhases: phases ?? times.forwardPhases } };
  if (flipped === 'reverse')
    return { fences: { ...times, reverseMs: ms, reversePhases: phases ?? times.reversePhases } };
  return { fences: times };
};

/** Returns the latest time at which a fence that another process reopened has ended: a watchdog reopens it at its deadline. */
export const latestFenceEnd = (
  { fencedAt }: Pick<Migration, 'fencedAt'>,
  maxFenceMs: number,
  now: EpochMs,
): EpochMs => (fencedAt === undefined ? now : (Math.min(now, fencedAt + maxFenceMs) as EpochMs));
