import type { EntityKey } from './names.ts';
import type { NextAction } from './next-action.ts';

/** Data about an error, for programs. Numbers of keys and segments are counts. Contains no key and no value. */
export interface ErrorFacts {
  readonly migrationId?: string;
  readonly tenantId?: string;
  readonly status?: string;
  readonly table?: string;
  readonly tier?: string;
  readonly segment?: number;
  readonly keys?: number;
  readonly segments?: number;
}

/** Parts of an error beside its message. */
export interface ErrorDetails extends ErrorOptions {
  readonly facts?: ErrorFacts;
  readonly next?: NextAction;
}

/**
 * Base of all errors of Tierferry. An error stands for a broken assumption, and the state machine matches it by name;
 * an expected outcome is returned. A message says what happened and the state it left, and contains no tenant data
 * except ids and numbers of keys. The next action is data, which the command line and the page word.
 */
export abstract class TierferryError extends Error {
  /** Code of the error in the catalogue (error-catalogue.ts): the name of its class. */
  readonly code: string;
  readonly facts: ErrorFacts;
  readonly next: NextAction;
  constructor(message: string, { facts = {}, next = null, ...options }: ErrorDetails = {}) {
    super(message, options);
    this.name = new.target.name;
    this.code = new.target.name;
    this.facts = facts;
    this.next = next;
  }
}

/** The request is not valid. Nothing was changed. The command line exits with 2. */
export class InvalidRequest extends TierferryError {}
/** The request would not be safe now. Nothing was changed. The command line exits with 3. */
export class NotSafe extends TierferryError {}

/** Writes reached the source after the flip, and a rollback would lose them or stop at them. */
export class StragglersFound extends NotSafe {
  /** The first of these keys, for the terminal only. A key may contain a person's name, so no message contains one. */
  readonly keys: readonly EntityKey[];
  constructor(message: string, keys: readonly EntityKey[], details: ErrorDetails = {}) {
    super(message, details);
    this.keys = keys;
  }
}

export class MigrationNotFound extends InvalidRequest {}
export class TenantNotFound extends InvalidRequest {}
export class TenantAlreadyMigrating extends NotSafe {}
/** The tenant to be removed has items, and the request does not say that they are to be deleted. */
export class TenantHasItems extends NotSafe {}
/** The tenant's removal has begun: it has no route, and no migration of it may start. */
export class TenantBeingRemoved extends NotSafe {}
/** Another process has changed a record since it was read (a failed compare-and-set). Read it again, then decide. */
export class Conflict extends TierferryError {}
/**
 * A control record cannot be read, because a field is missing or invalid. The record stays as it is until an operator
 * repairs it. The error names the record and the field, never a value.
 */
export class RecordDamaged extends TierferryError {
  readonly table: string;
  /** The values of the record's key attributes, joined by '/'. */
  readonly key: string;
  readonly field: string;
  constructor({ table, key, field }: Pick<RecordDamaged, 'table' | 'key' | 'field'>) {
    super(
      `cannot read record ${key} of table ${table}: field '${field}' is missing or invalid. The record was not changed. Repair it: docs/operations/damaged-records.md`,
      { facts: { table } },
    );
    this.table = table;
    this.key = key;
    this.field = field;
  }
}
/** A later attempt of this migration has begun, so this one must not change anything any more. */
export class StaleAttempt extends TierferryError {}
/** An operator has cancelled the migration. */
export class MigrationCancelled extends TierferryError {}
/** The plan has blockers, so the migration does not run. */
export class MigrationBlocked extends TierferryError {}
/** DynamoDB or Step Functions has throttled the call, or the rest of a batch. Try again later and more slowly. */
export class Throttled extends TierferryError {
  /**
   * `ThrottlingReason` values of the service, e.g. `TableWriteKeyRangeThroughputExceeded`; empty if it gave none.
   * Contains the pacer's `OWN_LIMIT` if the migration's own limit delayed the call.
   */
  readonly reasons: readonly string[];
  constructor(message: string, reasons: readonly string[] = [], options?: ErrorDetails) {
    super(message, options);
    this.reasons = reasons;
  }
}
/**
 * The service or the connection to it failed temporarily (5xx, broken connection, time-out). The call may have taken
 * effect or not.
 */
export class Unavailable extends TierferryError {
  /** True if the request was never sent, e.g. because the connection was refused: it cannot take effect later. */
  readonly isUnsent: boolean;
  constructor(message: string, { isUnsent = false, ...options }: ErrorDetails & { isUnsent?: boolean } = {}) {
    super(message, options);
    this.isUnsent = isUnsent;
  }
}
export class TableNotFound extends TierferryError {
  /** Name of the table, if the operation named one. */
  readonly table: string | undefined;
  constructor(message: string, { table, ...options }: ErrorDetails & { table?: string } = {}) {
    super(message, options);
    this.table = table;
  }
}
/** The table left by the last flip no longer exists, so nothing can be compared with it. An operator decides. */
export class TableGone extends TierferryError {}
/**
 * Too many tables are being created, changed or deleted, or too many backups are being made. Try again once one is
 * done.
 */
export class TableLimitExceeded extends TierferryError {}
/** Another operation changes the table or makes a backup of it. Nothing was done. Try again once that has ended. */
export class TableInUse extends TierferryError {}
/** The target table does not match the catalogue. The message lists the differences. */
export class TargetTableMismatch extends TierferryError {}
/** The target table did not become ACTIVE in time. */
export class TargetTableNotActive extends TierferryError {}
/** The tenant has items that cannot be moved as they are. A plan names their keys. */
export class UnmovableItem extends TierferryError {}
/** The target partition contains items that this migration did not put there. */
export class TargetPartitionNotEmpty extends TierferryError {}
/** Every shared table of the tier is full, and the next one could not be chosen. */
export class NoFreeSlot extends TierferryError {}
/** Another worker has the segment's claim, which has not run out. */
export class SegmentClaimed extends TierferryError {}
/** A worker reached the end of its claim and wrote nothing more. No other worker has had the claim. */
export class ClaimRanOut extends TierferryError {}
/**
 * A pass over a segment reached the end of its slice and has saved its cursor, or has only waited for the migration's
 * own limit. The step continues from there.
 */
export class SegmentUnfinished extends TierferryError {}
/** No change has arrived through the table's stream, so changes made during a copy would not be journalled. */
export class CaptureNotArmed extends TierferryError {}
/**
 * A table's stream is read in a way that capture cannot work with, and that cannot be changed. The message names the
 * next action.
 */
export class StreamReaderMismatch extends TierferryError {}
/** The function that counts schools does not exist. Only the log of the stream handler names this error. */
export class SchoolCounterNotFound extends TierferryError {}
/** Another worker has the claim on applying journalled keys, which has not run out. */
export class ApplierClaimed extends TierferryError {}
/** The tenant's route is not in the state that this step expects. */
export class RouteMoved extends TierferryError {}
/** The fence's deadline passed before the flip. */
export class FenceExpired extends TierferryError {}
/** The cutover used up its time under the fence. Writes are reopened, and the cutover is tried again later. */
export class CutoverOverBudget extends TierferryError {}
/**
 * A write of the cutover got no answer and may arrive late. Writes are reopened, and the cutover is tried again after
 * that time.
 */
export class WriteUnanswered extends TierferryError {}
/**
 * Another process changed the tenant's items on the side that is being filled. They are kept, and their keys are in the
 * report.
 */
export class ForeignWrite extends TierferryError {}
/** Source and target differ, and no journalled change explains it. The keys are in the report. */
export class VerificationMismatch extends TierferryError {}
/** The source changed after the flip. Nothing is deleted. The keys are in the report. */
export class SourceChangedAfterFlip extends TierferryError {}
