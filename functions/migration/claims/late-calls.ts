import { type EpochMs, epochMs, type MigrationId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Claim } from '../segment.ts';

const MS = 1_000;
/**
 * Maximum time between two polls, in s. Changes are applied in between, and a worker may end before its claim does.
 */
const POLL_SECONDS = 15;

/** Records that a write given up without an answer at this time may still take effect for `lateCallMs`. */
export const recordLateCalls = async (
  ports: Ports,
  migrationId: MigrationId,
  givenUpAt: EpochMs,
): Promise<void> => {
  const outAt = epochMs(givenUpAt + ports.settings.lateCallMs);
  if (outAt > ports.clock.now()) await ports.migrations.noteLateCalls(migrationId, outAt);
};

/**
 * Records that a sentinel whose put was given up may still appear for `lateCallMs`. It does no harm to items, so no flip
 * waits for it: only the last deletion of sentinels does.
 * @param givenUpAt absent if every put was answered; then nothing is recorded
 */
export const noteLateSentinels = async (
  ports: Ports,
  migrationId: MigrationId,
  givenUpAt: EpochMs | undefined,
): Promise<void> => {
  if (givenUpAt === undefined) return;
  const outAt = epochMs(givenUpAt + ports.settings.lateCallMs);
  await ports.migrations.noteLateCalls(migrationId, outAt, 'sentinels');
};

/** Returns `out` once no sentinel that was given up can appear any more, and whether there may have been one. */
export const lateSentinelsOut = async (
  ports: Ports,
  migrationId: MigrationId,
): Promise<{ out: boolean; waitSeconds: number; mayBeLeft: boolean }> => {
  const outAt = (await ports.migrations.get(migrationId))?.lateSentinelsOutAt;
  const left = (outAt ?? 0) - ports.clock.now();
  const waitSeconds = left <= 0 ? 0 : Math.min(Math.ceil(left / MS), POLL_SECONDS);
  return { out: left <= 0, waitSeconds, mayBeLeft: outAt !== undefined };
};

/**
 * Returns whether all writes of the migration that were given up can no longer take effect. A BatchWriteItem has no
 * conditions, so one that arrives after a flip would overwrite what the application has written since. For a worker
 * that died with its claim, the time counts from the end of the claim, whether or not it recorded anything.
 * @param claims the claims that are not given back, as read just before. A worker records its given-up writes before it
 * gives its claim back, so a missing claim has left its record.
 */
export const lateCallsExpired = async (
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
  // the record shows an operator what the migration waits for
  if (deadOutAt > noted) await recordLateCalls(ports, migrationId, epochMs(deadUntil));
  const left = Math.max(noted, deadOutAt, ...ends(true)) - now;
  return { out: left <= 0, waitSeconds: Math.min(Math.max(1, Math.ceil(left / MS)), POLL_SECONDS) };
};
