import { lookAtCapture } from '../capture/proof.ts';
import { operatorWaitSeconds } from '../controls.ts';
import { EXECUTION_HISTORY_EVENTS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { staleReadsOutAt } from '../routing/stale-reads.ts';
import { findStragglers, reportStragglers } from './stragglers.ts';

const MS = 1_000;
/** Longest time between two looks in a hold of some days, in s. */
const LOOK_SECONDS = 300;
/** Looks in a hold of any length; each takes about ten events of the execution's history. */
const LOOKS = EXECUTION_HISTORY_EVENTS / 50;

/** How long nobody looks in a hold of this length, in s. */
export const secondsBetweenLooks = (holdMs: number): number =>
  Math.max(LOOK_SECONDS, Math.ceil(holdMs / MS / LOOKS));

/** Marks of the source that are read at one poll of the hold. */
const LOOKED = 1_000;

/**
 * Returns `over` once the hold has ended and the migration is not paused (I6). Until then it looks for stragglers at each
 * poll and reports them at once, while a rollback is still cheap; and it sees that capture works, on which a rollback leans.
 */
export const checkHold = async (
  ports: Ports,
  migration: Migration,
): Promise<{ over: boolean; waitSeconds: number }> => {
  // the hold was over in an earlier attempt: no rollback needs capture any more, and the source's table may be gone
  if (migration.status === 'cleaningUp') return unlessPaused(ports, migration);
  await reportStragglers(ports, migration, await findStragglers(ports, migration, LOOKED));
  const { migration: now } = await lookAtCapture(ports, migration);
  if (now.paused) return unlessPaused(ports, now);
  const readsOutAt = await staleReadsOutAt(ports, now);
  // an operator may have changed it
  const holdOverAt = (now.flippedAt ?? ports.clock.now()) + now.holdMs;
  const left = Math.max(holdOverAt, readsOutAt) - ports.clock.now();
  return {
    over: left <= 0,
    waitSeconds: Math.min(Math.max(1, Math.ceil(left / MS)), secondsBetweenLooks(now.holdMs)),
  };
};

/** Returns that the hold is over, unless an operator has paused the migration: nothing is waited for but that. */
export const unlessPaused = (ports: Ports, migration: Migration): { over: boolean; waitSeconds: number } =>
  migration.paused
    ? { over: false, waitSeconds: operatorWaitSeconds(ports, migration) }
    : { over: true, waitSeconds: 0 };
