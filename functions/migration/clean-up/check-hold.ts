import { lateSentinelsOut } from '../claims/late-calls.ts';
import { pollCapture } from '../journal/proof-of-capture.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { operatorWaitSeconds } from '../record/poll-times.ts';
import { staleReadsOutAt } from '../route/stale-reads.ts';
import { secondsBetweenPolls } from '../settings/hold-polls.ts';
import { findStragglers, reportStragglers } from '../verify/stragglers.ts';

const MS = 1_000;
/** Journal entries of the source that one poll of the hold reads. */
const MAX_ENTRIES = 1_000;

/**
 * Returns `over` once the hold has ended and the migration is not paused (I6). Until then each poll reports stragglers
 * at once, while a rollback is still cheap, and checks capture, which a rollback relies on.
 */
export const checkHold = async (
  ports: Ports,
  migration: Migration,
): Promise<{ over: boolean; waitSeconds: number }> => {
  // An earlier attempt has ended the hold. No rollback needs capture any more, and the source's table may be gone.
  if (migration.status === 'cleaningUp') return overUnlessPaused(ports, migration);
  await reportStragglers(ports, migration, await findStragglers(ports, migration, MAX_ENTRIES));
  const { migration: now } = await pollCapture(ports, migration);
  if (now.paused) return overUnlessPaused(ports, now);
  const readsOutAt = await staleReadsOutAt(ports, now);
  // an operator may have changed the hold
  const holdOverAt = (now.flippedAt ?? ports.clock.now()) + now.holdMs;
  // sentinels are swept for the last time when the hold is over
  const { waitSeconds: sentinelSeconds } = await lateSentinelsOut(ports, now.migrationId);
  const left = Math.max(holdOverAt - ports.clock.now(), readsOutAt - ports.clock.now(), sentinelSeconds * MS);
  return {
    over: left <= 0,
    waitSeconds: Math.min(Math.max(1, Math.ceil(left / MS)), secondsBetweenPolls(now.holdMs)),
  };
};

/** Returns `over` unless an operator has paused the migration. */
export const overUnlessPaused = (
  ports: Ports,
  migration: Migration,
): { over: boolean; waitSeconds: number } =>
  migration.paused
    ? { over: false, waitSeconds: operatorWaitSeconds(ports, migration) }
    : { over: true, waitSeconds: 0 };
