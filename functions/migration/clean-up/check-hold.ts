import { lookAtCapture } from '../capture/proof.ts';
import { operatorWaitSeconds } from '../controls.ts';
import { lateSentinelsOut } from '../late-calls.ts';
import { EXECUTION_HISTORY_EVENTS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { staleReadsOutAt } from '../routing/stale-reads.ts';
import { findStragglers, reportStragglers } from './stragglers.ts';

const MS = 1_000;
/** Maximum time between two polls in a hold of a few days, in s. */
const LOOK_SECONDS = 300;
/** Maximum number of polls in a hold of any length. Each takes about ten events of the execution's history. */
const LOOKS = EXECUTION_HISTORY_EVENTS / 50;

/** Returns the time between two polls in a hold of this length, in s. */
export const secondsBetweenLooks = (holdMs: number): number =>
  Math.max(LOOK_SECONDS, Math.ceil(holdMs / MS / LOOKS));

/** Journal entries of the source that one poll of the hold reads. */
const LOOKED = 1_000;

/**
 * Returns `over` once the hold has ended and the migration is not paused (I6). Until then each poll reports stragglers
 * at once, while a rollback is still cheap, and checks capture, which a rollback relies on.
 */
export const checkHold = async (
  ports: Ports,
  migration: Migration,
): Promise<{ over: boolean; waitSeconds: number }> => {
  // An earlier attempt has ended the hold. No rollback needs capture any more, and the source's table may be gone.
  if (migration.status === 'cleaningUp') return unlessPaused(ports, migration);
  await reportStragglers(ports, migration, await findStragglers(ports, migration, LOOKED));
  const { migration: now } = await lookAtCapture(ports, migration);
  if (now.paused) return unlessPaused(ports, now);
  const readsOutAt = await staleReadsOutAt(ports, now);
  // an operator may have changed the hold
  const holdOverAt = (now.flippedAt ?? ports.clock.now()) + now.holdMs;
  // sentinels are swept for the last time when the hold is over
  const { waitSeconds: sentinelSeconds } = await lateSentinelsOut(ports, now.migrationId);
  const left = Math.max(holdOverAt - ports.clock.now(), readsOutAt - ports.clock.now(), sentinelSeconds * MS);
  return {
    over: left <= 0,
    waitSeconds: Math.min(Math.max(1, Math.ceil(left / MS)), secondsBetweenLooks(now.holdMs)),
  };
};

/** Returns `over` unless an operator has paused the migration. */
export const unlessPaused = (ports: Ports, migration: Migration): { over: boolean; waitSeconds: number } =>
  migration.paused
    ? { over: false, waitSeconds: operatorWaitSeconds(ports, migration) }
    : { over: true, waitSeconds: 0 };
