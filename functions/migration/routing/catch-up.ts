import { applyJournal } from '../apply/apply-journal.ts';
import { wayOf } from '../apply/way.ts';
import { lookAtCapture, reconnect } from '../capture/proof.ts';
import { operatorWaitSeconds, slowPollSeconds } from '../controls.ts';
import { lateCallsOut } from '../late-calls.ts';
import type { Direction, Migration } from '../migration.ts';
import type { Ports, Slice } from '../ports.ts';
import { comparisonDue, isCompared } from '../verify/live-comparison.ts';
import { unexplainedWaitSeconds } from '../verify/unexplained.ts';
import { openAgain } from './fence.ts';

const MS = 1_000;
/** Shortest and longest time between two looks at a capture that is late, in s: a wait grows with the time that has passed. */
const LATE_SECONDS = { shortest: 1, longest: 300 };
const LOOKS_PER_WAIT = 20;

/** What the state machine does next: a cutover, a comparison of these segments, or the same again after a wait. */
export type CaughtUp = {
  readonly ready: boolean;
  readonly compare: boolean;
  readonly segments: number[];
  readonly waitSeconds: number;
};

const wait = (waitSeconds: number): CaughtUp => ({
  ready: false,
  compare: false,
  segments: [],
  waitSeconds,
});

/**
 * Applies until little is left, capture is known to work, no write of ours can come late any more, all keys have been
 * compared in this direction, and no operator holds the cutover; while it is held, changes are applied all the while. A
 * fence that an earlier try left is opened first: nothing is applied under it but by the cutover itself.
 * @throws ForeignWrite, VerificationMismatch if the sides still differ `captureMs` after a cutover first saw that.
 */
export const catchUp = async (
  ports: Ports,
  migration: Migration,
  direction: Direction,
  slice: Slice,
): Promise<CaughtUp> => {
  const isOpen = direction === 'back' || migration.status !== 'cuttingOver';
  if (!isOpen) await openAgain(ports, migration, direction);
  const now = isOpen ? migration : ((await ports.migrations.get(migration.migrationId)) ?? migration);
  const seen = await lookAtCapture(ports, now);
  const applied = await applyJournal(ports, seen.migration, direction, slice);
  if (!applied.ready) return wait(applied.waitSeconds);
  // a comparison proves nothing of what comes after it until capture is known to work again
  const isProving = seen.migration.gap !== undefined && !seen.isProved;
  const isLate = seen.lateMs > ports.settings.maxProofMs;
  // a stream may have no reader yet, or one that another process has told to collect records
  if (isProving || isLate) await reconnect(ports, seen.migration);
  if (isProving || isLate) return wait(lateSeconds(ports, applied.migration, seen.lateMs));
  // no fence begins before that, and each try of the cutover starts a watchdog
  const calls = await lateCallsOut(ports, migration.migrationId, []);
  if (!calls.out) return wait(calls.waitSeconds);
  const isHeld = direction === 'forth' && now.cutoverHeld;
  const way = await wayOf(ports, applied.migration, direction);
  if (isHeld && isCompared(applied.migration, direction)) return waitForOperator(ports, now);
  const { segments } = await comparisonDue(ports, applied.migration, way, direction);
  if (segments.length > 0) return { ready: false, compare: true, segments, waitSeconds: 0 };
  if (isHeld) return waitForOperator(ports, now);
  const waitSeconds = await unexplainedWaitSeconds(ports, applied.migration, way);
  return waitSeconds > 0 ? wait(waitSeconds) : { ready: true, compare: false, segments: [], waitSeconds: 0 };
};

const waitForOperator = async (ports: Ports, held: Migration): Promise<CaughtUp> => {
  if (held.waitsForOperatorSince === undefined) await ports.migrations.noteHeldReady(held, ports.clock.now());
  return wait(operatorWaitSeconds(ports, held));
};

/** Seconds until a capture that is late is looked at again. */
export const lateSeconds = (ports: Pick<Ports, 'clock'>, migration: Migration, lateMs: number): number => {
  const { shortest, longest } = LATE_SECONDS;
  const seconds = Math.min(Math.max(shortest, Math.ceil(lateMs / MS / LOOKS_PER_WAIT)), longest);
  return Math.max(seconds, slowPollSeconds(ports, migration));
};
