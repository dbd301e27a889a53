import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { beginOperatorWait, endOperatorWait } from '../record/operator-wait.ts';
import { pauseRefusal, resumeRefusal } from '../record/refusals.ts';
import type { AuditNote } from './audit-note.ts';
import { changeByOperator } from './control-migration.ts';

/**
 * Pauses a migration: until it is resumed it copies, applies, flips and deletes nothing. Capture continues. A rollback after
 * the flip can be paused until its own flip. Later steps of a rollback only undo, and cannot be paused. @throws NotSafe
 */
export const pauseMigration = (ports: Ports, id: string, note: AuditNote): Promise<Migration> =>
  changeByOperator(ports, id, note, 'paused', pauseRefusal, (migration, at) => ({
    paused: true,
    ...beginOperatorWait(migration, at),
  }));

/** Resumes a paused migration. @throws NotSafe if it is not paused */
export const resumeMigration = (ports: Ports, id: string, note: AuditNote): Promise<Migration> =>
  changeByOperator(ports, id, note, 'resumed', resumeRefusal, (migration, at) => ({
    paused: false,
    ...endOperatorWait(migration, at),
  }));
