import { type EpochMs, epochMs, type MigrationId } from './names.ts';
import type { Ports } from './ports.ts';
import type { Claim } from './segment.ts';

const MS = 1_000;
/** Longest time between two polls, in s: changes are applied in between, and a worker may end before its claim. */
const POLL_SECONDS = 15;

/** Notes that a write which was given up without an answer at this time may still take effect for `lateCallMs`. */
export const noteLateCalls = async (
  ports: Ports,
  migrationId: MigrationId,
  givenUpAt: EpochMs,
): Promise<void> => {
  const outAt = epochMs(givenUpAt + ports.settings.lateCallMs);
  if (outAt > ports.clock.now()) await ports.migrations.noteLateCalls(migrationId, outAt);
};

/**
 * Returns whether no write of ours can take effect any more: a BatchWriteItem has no conditions, so one that arrives after
 * a flip would overwrite what the application has written since. A worker that died with its claim counts from the end of
 * the claim, whether or not it noted anything.
 * @param claims those that are not given back, as read just before: a worker notes what it has given up before it gives its
 * claim back, so a claim that is gone by then has left its note.
 */
export const lateCallsOut = async (
  ports: Ports,
  migrationId: MigrationId,
  claims: readonly Claim[],
): Promise<{ out: boolean; waitSeconds: number }> => {
  const found = await ports.migrations.get(migrationId);
  const now = ports.clock.now();
  const ends = (isRunning: boolean) =>
    claims.filter(({ until }) => until > now === isRunning).map(({ until }) => until);
  const noted = found?.lateCallsOutAt ?? 0;
  const deadUntil = Math.max(0, ...ends(false));
  const deadOutAt = deadUntil + ports.settings.lateCallMs;
  // an operator sees by the note what the migration waits for
  if (deadOutAt > noted) await noteLateCalls(ports, migrationId, epochMs(deadUntil));
  const left = Math.max(noted, deadOutAt, ...ends(true)) - now;
  return { out: left <= 0, waitSeconds: Math.min(Math.max(1, Math.ceil(left / MS)), POLL_SECONDS) };
};
