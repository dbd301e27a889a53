import type { Cancellation, Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';
import type { MigrationChange } from '../record/migrations-port.ts';
import { endOperatorWait } from '../record/operator-wait.ts';
import type { AuditNote } from './audit-note.ts';

/** Returns the change that requests a cancel or a rollback. It ends a pause, which would delay them. */
export const requestRollbackChange = (
  migration: Migration,
  note: AuditNote,
  at: EpochMs,
): Required<Pick<MigrationChange, 'cancellation' | 'paused' | 'controlledAt'>> & MigrationChange => ({
  cancellation: { ...note, endedPause: migration.paused ? true : undefined } satisfies Cancellation,
  paused: false,
  ...endOperatorWait(migration, at),
  controlledAt: at,
});

/** Adds to an event's text that a pause ends. */
export const withPauseEnd = (what: string, { paused }: Migration): string =>
  paused ? `${what}, which ends the pause` : what;
