import { formatDuration } from '../../../functions/migration/format-duration.ts';
import { lateMs } from '../../../functions/migration/journal/proof-of-capture.ts';
import { isClosed, isFlipped, type Status } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs } from '../../../functions/migration/names.ts';
import { rollbackUntil } from '../../../functions/migration/operator/rollback-migration.ts';
import { type RollbackStep, rollbackProgress } from '../../../functions/migration/rollback/rollback-step.ts';
import { livesOnTarget } from '../../../functions/migration/route/lives-on-target.ts';
import { formatCount, formatCounted, formatTime } from '../render/figures.ts';

/** A remark about an open migration as a whole, shown below its stages. */
export interface Note {
  readonly kind:
    | 'queued'
    | 'paused'
    | 'held'
    | 'capture'
    | 'gap'
    | 'comparison'
    | 'convergence'
    | 'limit'
    | 'lateCalls'
    | 'cutovers'
    | 'rollback'
    | 'rollbackProgress';
  readonly text: string;
  /** Command that an operator may use. */
  readonly command?: string;
}

/** Returns the notes of an open migration; none once it is closed. */
export const notesOf = (migration: Migration, now: number): Note[] =>
  isClosed(migration.status)
    ? []
    : NOTES.flatMap((noteOf) => {
        const createNote = noteOf(migration, now);
        return createNote ? [createNote] : [];
      });

type NoteOf = (migration: Migration, now: number) => Note | undefined;

const queuedNote: NoteOf = ({ status, dryRun }) =>
  status === 'queued' && !dryRun
    ? { kind: 'queued', text: 'queued: waiting for admission', command: 'tierferry queue' }
    : undefined;

const pausedNote: NoteOf = ({ migrationId, paused: isPaused }) =>
  isPaused
    ? {
        kind: 'paused',
        text: 'paused: work under way stops within seconds; capture continues',
        command: `tierferry resume ${migrationId}`,
      }
    : undefined;

const heldNote: NoteOf = ({ migrationId, cutoverHeld, status }) =>
  cutoverHeld && status !== 'rollingBack' && !isFlipped(status)
    ? {
        kind: 'held',
        text: 'cutover held: changes are applied until you release it',
        command: `tierferry cutover ${migrationId}`,
      }
    : undefined;

/** Delay in ms from which a proof of capture is reported as late. No fence begins until it has arrived. */
const CAPTURE_LATE_MS = 5_000;

const captureNote: NoteOf = (migration, now) => {
  const late = lateMs(migration, epochMs(now));
  return late > CAPTURE_LATE_MS
    ? {
        kind: 'capture',
        text: `capture is ${formatDuration(late)} late: no cutover begins until it has caught up (docs/operations/capture-behind.md)`,
      }
    : undefined;
};

const gapNote: NoteOf = ({ gap: found }) =>
  found && { kind: 'gap', text: `${found.reason}: all keys are compared again before the next flip` };

/** The first comparison is a part of every migration, so only a repeated one is worth a note. */
const comparisonNote: NoteOf = ({ comparison: found }) => {
  if (!found) return undefined;
  const { reason, ended, round, overflow } = found;
  if (overflow !== undefined)
    return {
      kind: 'comparison',
      text: `NotConverging: ${formatCount(overflow)} or more keys changed during the full comparison, which is repeated`,
    };
  return ended === round || reason === 'first'
    ? undefined
    : { kind: 'comparison', text: 'all keys are compared again while the application writes' };
};

/** The backlog is what one poll finds, so more may be left. */
const convergenceNote: NoteOf = ({ migrationId, convergence: found, writeUnitsPerSecond }) => {
  if (!found) return undefined;
  const { notConverging, journalledPerSecond, appliedPerSecond, backlog } = found;
  const isLimited = notConverging && writeUnitsPerSecond !== undefined;
  return {
    kind: 'convergence',
    text: `${notConverging ? 'NotConverging' : 'catching up'}: ${formatCount(journalledPerSecond)} keys/s change, ${formatCount(appliedPerSecond)}/s applied, ${formatCount(backlog)} or more left`,
    ...(isLimited ? { command: `tierferry limit ${migrationId} --write-units none` } : {}),
  };
};

const limitNote: NoteOf = ({ writeUnitsPerSecond }) =>
  writeUnitsPerSecond === undefined
    ? undefined
    : { kind: 'limit', text: `limited to ${formatCounted(writeUnitsPerSecond, 'write unit')} a second` };

/** The flip and the end of a rollback or clean-up wait for late calls. */
const lateCallsNote: NoteOf = ({ status, lateCallsOutAt, lateSentinelsOutAt }, now) => {
  if (!LATE_CALLS_TEXT.has(status)) return undefined;
  const items = lateCallsOutAt ?? 0;
  const outAt = status === 'rollingBack' ? Math.max(items, lateSentinelsOutAt ?? 0) : items;
  if (outAt <= now) return undefined;
  return {
    kind: 'lateCalls',
    text: `waiting until ${formatTime(epochMs(outAt))}: a write that was given up may still take effect`,
  };
};
const LATE_CALLS_TEXT: ReadonlySet<Status> = new Set([
  'catchingUp',
  'cuttingOver',
  'rollingBack',
  'cleaningUp',
]);

/** Returns the number of cutovers that have ended without a flip, which is not the one that fences writes now. */
const cutoversWithoutFlip = (migration: Migration): number => {
  const { cutovers, flippedAt, reverseFlippedAt } = migration;
  const ended = isUnderFence(migration) ? cutovers - 1 : cutovers;
  return ended - (flippedAt === undefined ? 0 : 1) - (reverseFlippedAt === undefined ? 0 : 1);
};

const isUnderFence = (migration: Migration): boolean =>
  migration.status === 'cuttingOver' ||
  // a flip leaves the time of its fence in the record, and the request of a rollback removes it
  (migration.status === 'rollingBack' && migration.fencedAt !== undefined && livesOnTarget(migration));

const cutoversNote: NoteOf = (migration) => {
  const { migrationId, status, cutoverFailure, cutoverHeld } = migration;
  const failed = cutoversWithoutFlip(migration);
  if (failed <= 0) return undefined;
  const { error, keysPastLeases = 0 } = cutoverFailure ?? {};
  const isOpen = status === 'catchingUp' || (status === 'rollingBack' && cutoverFailure !== undefined);
  const reason = error === undefined ? '' : `; the last gave up: ${error}`;
  const next = isOpen
    ? `; writes are open${cutoverHeld ? '' : ', the next cutover starts automatically'}`
    : '';
  const text = `${formatCounted(failed, 'cutover')} did not flip${reason}${next}`;
  return keysPastLeases === 0
    ? { kind: 'cutovers', text }
    : {
        kind: 'cutovers',
        text: `${text}. A process writes without the router: ${formatCounted(keysPastLeases, 'key')} written after every lease had run out`,
        command: `tierferry report ${migrationId}`,
      };
};

const rollbackNote: NoteOf = (migration, now) => {
  const until = rollbackUntil(migration);
  return until === undefined || until <= now
    ? undefined
    : {
        kind: 'rollback',
        text: `rollback is safe until ${formatTime(until)}`,
        command: `tierferry rollback ${migration.migrationId}`,
      };
};

const ROLLBACK_TEXT: Readonly<Record<RollbackStep, (migration: Migration) => string>> = {
  applying: () => 'applying changes made since the flip',
  fenced: () => 'writes fenced',
  comparing: (migration) => `${livesOnSource(migration)}comparing it with the target, which is removed next`,
  waiting: (migration) => `${livesOnSource(migration)}the copies are removed next`,
  discarding: (migration) => `${livesOnSource(migration)}removing the copies${discardedText(migration)}`,
};

/** Before the flip the tenant has never left the source. */
const livesOnSource = ({ source, flippedAt }: Migration): string =>
  flippedAt === undefined ? '' : `live on ${source.table} again, `;

const discardedText = ({ discardedItems: items }: Migration): string =>
  items === undefined ? '' : `, ${formatCounted(items, 'item')} so far`;

const rollbackProgressNote: NoteOf = (migration, now) => {
  const progress = rollbackProgress(migration, epochMs(now));
  return (
    progress && {
      kind: 'rollbackProgress',
      text: `rolling back: ${ROLLBACK_TEXT[progress.step](migration)}`,
    }
  );
};

const NOTES: readonly NoteOf[] = [
  queuedNote,
  pausedNote,
  heldNote,
  rollbackProgressNote,
  captureNote,
  gapNote,
  comparisonNote,
  convergenceNote,
  limitNote,
  lateCallsNote,
  cutoversNote,
  rollbackNote,
];
