import type { EntityKey } from './names.ts';

/**
 * Errors are for broken assumptions; the state machine matches them by name. An expected outcome is returned.
 * Messages say what to do next and hold no tenant data beyond ids and keys' counts.
 */
export abstract class TierferryError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** What was asked for can't be done as asked: nothing was changed. The command line exits with 2. */
export class InvalidRequest extends TierferryError {}
/** What was asked for would not be safe now: nothing was changed. The command line exits with 3. */
export class NotSafe extends TierferryError {}

/** Writes reached the source after the flip, and a rollback would lose them or stop at them. */
export class StragglersFound extends NotSafe {
  /** The first of them, for the terminal: a key may hold a name, so no message contains one. */
  readonly keys: readonly EntityKey[];
  constructor(message: string, keys: readonly EntityKey[]) {
    super(message);
    this.keys = keys;
  }
}

export class MigrationNotFound extends InvalidRequest {}
export class TenantNotFound extends InvalidRequest {}
export class TenantAlreadyMigrating extends NotSafe {}
/** A record was changed by somebody else since it was read (a failed compare-and-set). Read again, then decide. */
export class Conflict extends TierferryError {}
/**
 * A record of our own tables cannot be read: a field is missing or holds what it cannot. The record stays as it is until
 * an operator repairs it. The error names the record and the field, never a value.
 */
export class RecordDamaged extends TierferryError {
  readonly table: string;
  /** The values of the record's key attributes, joined by '/'. */
  readonly key: string;
  readonly field: string;
  constructor({ table, key, field }: Pick<RecordDamaged, 'table' | 'key' | 'field'>) {
    super(
      `cannot read record ${key} of table ${table}: field '${field}' is missing or invalid. The record was not changed. Repair it: docs/operations/damaged-records.md`,
    );
    this.table = table;
    this.key = key;
    this.field = field;
  }
}
/** A later attempt of this migration has begun; this one must not touch anything any more. */
export class StaleAttempt extends TierferryError {}
/** Somebody asked for the migration to be cancelled. */
export class MigrationCancelled extends TierferryError {}
/** The plan found reasons not to migrate; they are in the plan's blockers. */
export class MigrationBlocked extends TierferryError {}
/** DynamoDB or Step Functions throttled the call, or the rest of a batch; try again later, slower. */
export class Throttled extends TierferryError {
  /**
   * `ThrottlingReason` values of the service, e.g. `TableWriteKeyRangeThroughputExceeded`; empty where it gave none.
   * `OWN_LIMIT` of the pacer if the migration's limit held the call back.
   */
  readonly reasons: readonly string[];
  constructor(message: string, reasons: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.reasons = reasons;
  }
}
/** The service or the way to it failed for now (5xx, broken connection, time-out); the call may or may not have happened. */
export class Unavailable extends TierferryError {
  /** True if the request never left, e.g. because the connection was refused: it cannot take effect later. */
  readonly isUnsent: boolean;
  constructor(message: string, { isUnsent = false, ...options }: ErrorOptions & { isUnsent?: boolean } = {}) {
    super(message, options);
    this.isUnsent = isUnsent;
  }
}
export class TableNotFound extends TierferryError {
  /** The table, if the operation named one. */
  readonly table: string | undefined;
  constructor(message: string, { table, ...options }: ErrorOptions & { table?: string } = {}) {
    super(message, options);
    this.table = table;
  }
}
/** The table that the last flip has left is gone: nothing can be compared with it any more. An operator decides. */
export class TableGone extends TierferryError {}
/** Too many tables are being created, changed or deleted, or too many backups made; try again when one is done. */
export class TableLimitExceeded extends TierferryError {}
/** Another operation changes the table, or makes a backup of it; try again when that has ended. Nothing was done. */
export class TableInUse extends TierferryError {}
/** The target table isn't what the catalogue asks for; the message lists the differences. */
export class TargetTableMismatch extends TierferryError {}
/** The target table did not become ACTIVE in time. */
export class TargetTableNotActive extends TierferryError {}
/** The tenant has items that cannot be moved as they are; a plan names their keys. */
export class UnmovableItem extends TierferryError {}
/** The target partition holds items that this migration did not put there. */
export class TargetPartitionNotEmpty extends TierferryError {}
/** Every shared table of the tier is full, and the next one could not be chosen. */
export class NoRoom extends TierferryError {}
/** Another worker holds the segment; its claim has not run out. */
export class SegmentClaimed extends TierferryError {}
/** A worker came to the end of its own claim's time and wrote nothing more. No other worker has had the claim. */
export class ClaimRanOut extends TierferryError {}
/**
 * A pass over a segment came to the end of its slice and has saved its cursor, or has waited for the migration's limit only:
 * the step goes on from there.
 */
export class SegmentUnfinished extends TierferryError {}
/** No change came through the table's stream, so nothing could be noted while the tenant is copied. */
export class CaptureNotArmed extends TierferryError {}
/** A table's stream is read in another way than capture needs, and that cannot be changed; the message says what to do. */
export class StreamReaderMismatch extends TierferryError {}
/** Another worker has the right to apply journalled keys; its claim has not run out. */
export class ApplierClaimed extends TierferryError {}
/** The tenant's route isn't where this step expects it. */
export class RouteMoved extends TierferryError {}
/** The fence's deadline passed before the flip. */
export class FenceExpired extends TierferryError {}
/** The cutover came to the end of the time that it has under the fence: writes are opened again, and it is tried later. */
export class CutoverOverBudget extends TierferryError {}
/** A write of the cutover got no answer and may arrive late: writes are opened again, and the cutover is tried after that. */
export class WriteUnanswered extends TierferryError {}
/** Somebody else changed the tenant's items on the side that is being filled. They stay; the keys are in the report. */
export class ForeignWrite extends TierferryError {}
/** Source and target differ, and no journalled change says why. The keys are in the report. */
export class VerificationMismatch extends TierferryError {}
/** The source changed after the flip. Nothing is deleted; the keys are in the report. */
export class SourceChangedAfterFlip extends TierferryError {}
