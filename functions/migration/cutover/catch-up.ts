import { applySlice } from '../apply/apply-slice.ts';
import { transferOf } from '../apply/transfer.ts';
import { lateCallsExpired } from '../claims/late-calls.ts';
import type { Slice } from '../clock-port.ts';
import { comparisonDue, isCompared } from '../compare/live-comparison.ts';
import { unexplainedWaitSeconds } from '../compare/unexplained.ts';
import { pollCapture, reconnect } from '../journal/proof-of-capture.ts';
import type { Direction, Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { operatorWaitSeconds, slowPollSeconds } from '../record/poll-times.ts';
import { reopenAfterCutover } from './fence.ts';

const MS = 1_000;
/** Bounds of the time between two polls of a late capture, in s. The time grows with the lateness. */
const LATE_SECONDS = { shortest: 1, longest: 300 };
const POLLS_PER_WAIT = 20;

/** Tells the state machine what to do next: begin the cutover, compare these segments, or catch up again after a wait. */
export type CatchUpResult = {
  readonly ready: boolean;
  readonly compare: boolean;
  readonly segments: number[];
  readonly waitSeconds: number;
};

const waitAndRepeat = (waitSeconds: number): CatchUpResult => ({
  ready: false,
  compare: false,
  segments: [],
  waitSeconds,
});

/**
 * Applies changes until a cutover may begin: few changes are left, capture is proved to work, no unanswered write of the
 * migration can still arrive, and all keys have been compared in this direction. While an operator holds the cutover, changes
 * continue to be applied. Reopens a fence that an earlier try left, since only the cutover itself applies changes under a
 * fence.
 * @throws ForeignWrite
 * @throws VerificationMismatch if the sides still differ `captureMs` after a cutover first saw the difference
 */
export const catchUp = async (
  ports: Ports,
  migration: Migration,
  direction: Direction,
  slice: Slice,
): Promise<CatchUpResult> => {
  const isOpen = direction === 'reverse' || migration.status !== 'cuttingOver';
  if (!isOpen) await reopenAfterCutover({ ports, migration, direction });
  const now = isOpen ? migration : ((await ports.migrations.get(migration.migrationId)) ?? migration);
  const seen = await pollCapture(ports, now);
  const applied = await applySlice(ports, seen.migration, direction, slice);
  if (!applied.ready) return waitAndRepeat(applied.waitSeconds);
  // until capture is proved to work again, a comparison proves nothing about later changes
  const isProving = seen.migration.gap !== undefined && !seen.isProved;
  const isLate = seen.lateMs > ports.settings.maxProofMs;
  // the stream may have no reader yet, or one that another process has configured to batch records for longer
  if (isProving || isLate) await reconnect(ports, seen.migration);
  if (isProving || isLate) return waitAndRepeat(lateSeconds(ports, applied.migration, seen.lateMs));
  // waited for here and not in the cutover, since each try of the cutover starts a watchdog
  const calls = await lateCallsExpired(ports, migration.migrationId, []);
  if (!calls.out) return waitAndRepeat(calls.waitSeconds);
  const isHeld = direction === 'forward' && now.cutoverHeld;
  const transfer = await transferOf(ports, applied.migration, direction);
  if (isHeld && isCompared(applied.migration, direction)) return waitForOperator(ports, now);
  const { segments } = await comparisonDue(ports, applied.migration, transfer, direction);
  if (segments.length > 0) return { ready: false, compare: true, segments, waitSeconds: 0 };
  if (isHeld) return waitForOperator(ports, now);
  const waitSeconds = await unexplainedWaitSeconds(ports, applied.migration, transfer);
  return waitSeconds > 0
    ? waitAndRepeat(waitSeconds)
    : { ready: true, compare: false, segments: [], waitSeconds: 0 };
};

const waitForOperator = async (ports: Ports, held: Migration): Promise<CatchUpResult> => {
  if (held.waitsForOperatorSince === undefined) await ports.migrations.noteHeldReady(held, ports.clock.now());
  return waitAndRepeat(operatorWaitSeconds(ports, held));
};

/** Returns the seconds until a late capture is polled again. */
export const lateSeconds = (ports: Pick<Ports, 'clock'>, migration: Migration, lateMs: number): number => {
  const { shortest, longest } = LATE_SECONDS;
  const seconds = Math.min(Math.max(shortest, Math.ceil(lateMs / MS / POLLS_PER_WAIT)), longest);
  return Math.max(seconds, slowPollSeconds(ports, migration));
};
