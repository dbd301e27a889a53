import type { EventFailure } from './migration.ts';
import type { MigrationStep } from './next-action.ts';
import type { Reason } from './reason.ts';

/** Meaning of an error's code, and what an operator does about it. */
export interface ErrorEntry {
  /** The problem, and the state it left. */
  readonly meaning: string;
  readonly todo: string;
  /** Next action on a migration that this error stopped, if the error itself names none; absent if there is none. */
  readonly next?: MigrationStep;
}

const RETRIED = 'The state machine tries the step again by itself. A command can be repeated.';
const DECIDE =
  'Compare the keys in the report and decide which value of each is right. Write it through the application, then retry.';

/**
 * Every error of the core by its code, which is the name of its class. State machines match these codes, `--json` and the
 * API return them, and docs/errors.md lists them.
 */
export const ERRORS = {
  InvalidRequest: {
    meaning: 'The request is not valid. Nothing was changed.',
    todo: 'Correct the request as the message says.',
  },
  NotSafe: {
    meaning: 'The request would not be safe in the present state. Nothing was changed.',
    todo: 'Take the next action that the error names, or wait until the state has changed.',
  },
  StragglersFound: {
    meaning:
      'Writes reached the source after the flip, and a rollback would lose them or stop at them. Nothing was changed.',
    todo: 'Compare the keys in the report. Write each source value that is right through the application. Then roll back again, or discard the stragglers.',
    next: 'report',
  },
  MigrationNotFound: {
    meaning: 'No migration has this id. Nothing was changed.',
    todo: 'Look the id up in the list of migrations.',
  },
  TenantNotFound: {
    meaning: 'No tenant with this id is registered. Nothing was changed.',
    todo: 'Look the id up in the list of tenants, or register the tenant.',
  },
  TenantAlreadyMigrating: {
    meaning: 'Another migration holds the tenant lock. Nothing was changed.',
    todo: 'Wait until that migration has ended, or cancel it.',
  },
  TenantHasItems: {
    meaning: 'The tenant to be removed has items. Nothing was deleted.',
    todo: 'Delete its items through the application, or request their deletion with the removal.',
  },
  TenantBeingRemoved: {
    meaning:
      "The tenant's removal has begun, so the tenant has no route and cannot be moved or changed. Nothing was changed.",
    todo: 'Wait until the removal has ended. If it was interrupted, continue it: it begins again where it stopped. Then the tenant can be registered again.',
  },
  Conflict: {
    meaning: 'Another process changed a record after it was read, so the write was refused.',
    todo: RETRIED,
    next: 'retry',
  },
  RecordDamaged: {
    meaning: 'A control record cannot be read: a field is missing or invalid. The record was not changed.',
    todo: 'Repair the record as in docs/operations/damaged-records.md. Other tenants are not affected.',
  },
  StaleAttempt: {
    meaning: 'A later attempt of the migration has begun, so a step of the earlier one stopped.',
    todo: 'None: the later attempt continues.',
    next: 'watch',
  },
  MigrationCancelled: {
    meaning: 'An operator cancelled the migration. It is being rolled back.',
    todo: 'None: wait until the rollback has ended.',
    next: 'watch',
  },
  MigrationBlocked: {
    meaning: 'The plan has blockers, so the migration did not run. Nothing was changed.',
    todo: 'Remove each blocker as the plan describes, then retry.',
    next: 'retry',
  },
  Throttled: {
    meaning: 'DynamoDB or Step Functions throttled the call, or left part of a batch unprocessed.',
    todo: RETRIED,
    next: 'retry',
  },
  Unavailable: {
    meaning: 'A service or the connection to it failed. The call may have taken effect or not.',
    todo: RETRIED,
    next: 'retry',
  },
  TableNotFound: {
    meaning: 'A table does not exist in this account and region.',
    todo: 'Restore the table under its name from a backup. If no tenant is registered in it, run the doctor instead: it offers to mark the table as dropped, so that no tenant is placed in it. Then retry.',
    next: 'retry',
  },
  TableGone: {
    meaning:
      'The table that the tenant left at the last flip no longer exists, so nothing can be compared with it.',
    todo: 'Restore the table if it was deleted by mistake. To go on without it, retry.',
    next: 'report',
  },
  TableLimitExceeded: {
    meaning: 'Too many tables are being created, changed, deleted or backed up at the same time.',
    todo: RETRIED,
    next: 'retry',
  },
  TableInUse: {
    meaning: 'Another operation changes the table or makes a backup of it. Nothing was done.',
    todo: RETRIED,
    next: 'retry',
  },
  TargetTableMismatch: {
    meaning: "The target table differs from the catalogue's design. Nothing was copied.",
    todo: 'Decide which side is wrong. Change the table as the differences listed say, or change tableDesign in the settings and deploy them. Then retry.',
    next: 'retry',
  },
  TargetTableNotActive: {
    meaning: 'The target table did not become ready in time. Nothing was copied.',
    todo: 'Find out in AWS why the table is not ready, then retry.',
    next: 'retry',
  },
  UnmovableItem: {
    meaning: 'The tenant has items that cannot be moved as they are. They were not changed.',
    todo: 'A plan lists their keys. Change or delete these items, then retry.',
    next: 'retry',
  },
  TargetPartitionNotEmpty: {
    meaning: "The target already has items under the tenant's key. Nothing was copied.",
    todo: 'Find out which process wrote them, remove them, then retry.',
    next: 'retry',
  },
  NoFreeSlot: {
    meaning: 'No table of the tier has a free slot, or none could be chosen. Nothing was copied.',
    todo: 'Do what the message says, then retry.',
    next: 'retry',
  },
  SegmentClaimed: {
    meaning: "Another worker holds the segment's claim.",
    todo: RETRIED,
    next: 'retry',
  },
  ClaimRanOut: {
    meaning: 'A worker reached the end of its claim and stopped writing.',
    todo: RETRIED,
    next: 'retry',
  },
  SegmentUnfinished: {
    meaning: 'The slice of a pass over a segment has ended, and its cursor is saved.',
    todo: RETRIED,
    next: 'retry',
  },
  CaptureNotArmed: {
    meaning:
      "No change came through the table's stream, so capture is not proved to work. Nothing was copied.",
    todo: 'Check the stream and its event source mapping (docs/operations/streams-not-read.md), then retry.',
    next: 'retry',
  },
  StreamReaderMismatch: {
    meaning: "The table's stream is read in a way that capture cannot work with. Nothing was changed.",
    todo: 'Do what the message says, then retry.',
    next: 'retry',
  },
  SchoolCounterNotFound: {
    meaning:
      'The function that counts schools does not exist. Changes are captured; the next sweep counts the schools.',
    todo: 'Deploy Tierferry again.',
  },
  ApplierClaimed: {
    meaning: 'Another worker holds the claim on applying changes.',
    todo: RETRIED,
    next: 'retry',
  },
  RouteMoved: {
    meaning: "The tenant's route is not in the state that the step expects. The route was not changed.",
    todo: 'Run the doctor, deal with its findings, then retry.',
    next: 'retry',
  },
  FenceExpired: {
    meaning: "The fence's deadline passed before the flip. Writes are open on the live table.",
    todo: 'None: the cutover is tried again later.',
    next: 'watch',
  },
  CutoverOverBudget: {
    meaning: 'The cutover used up its time under the fence. Writes are open on the live table.',
    todo: 'None: the cutover is tried again later.',
    next: 'watch',
  },
  WriteUnanswered: {
    meaning: 'A write of the cutover got no answer and may arrive late. Writes are open on the live table.',
    todo: 'None: the cutover is tried again after that time.',
    next: 'watch',
  },
  ForeignWrite: {
    meaning:
      "Another process changed the tenant's items on the side that is being filled. The items stay as they are.",
    todo: DECIDE,
    next: 'report',
  },
  VerificationMismatch: {
    meaning: 'Source and target differ, and no captured change explains it. Nothing was deleted.',
    todo: DECIDE,
    next: 'report',
  },
  SourceChangedAfterFlip: {
    meaning: 'The source changed after the flip. Nothing that was not verified was deleted.',
    todo: DECIDE,
    next: 'report',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCode = keyof typeof ERRORS;

/** Returns the entry of a code; undefined for an error that is not the core's. */
const errorEntryOf = (code: string): ErrorEntry | undefined =>
  Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode] : undefined;

/**
 * Adds the next action to the reason why a migration stopped: the one recorded with the error, or else the code's own. A
 * Lambda passes on the name and the message of an error alone, so the reason may lack it.
 */
export const withNext = (reason: Reason, { migrationId }: { readonly migrationId: string }): Reason => {
  const action = errorEntryOf(reason.error)?.next;
  return reason.next || action === undefined ? reason : { ...reason, next: { action, migrationId } };
};

/** Returns what an event says about a failure as data: the code of its error and the next action. */
export const eventFailureOf = (reason: Reason, migration: { readonly migrationId: string }): EventFailure => {
  const { error, next } = withNext(reason, migration);
  return { error, next };
};
