import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

const MS = 1_000;
/** Longest time between two looks, so that what an operator says meanwhile is heard. */
const MAX_WAIT_SECONDS = 300;

/** Whether the hold is over (I6). */
export const checkHold = async (
  ports: Ports,
  migration: Migration,
): Promise<{ over: boolean; waitSeconds: number }> => {
  const left = (migration.flippedAt ?? ports.clock.now()) + migration.holdMs - ports.clock.now();
  return { over: left <= 0, waitSeconds: Math.min(Math.max(1, Math.ceil(left / MS)), MAX_WAIT_SECONDS) };
};
