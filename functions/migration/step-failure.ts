import { StaleAttempt, TierferryError } from './errors.ts';
import type { Migration, StepFailure } from './migration.ts';
import type { EpochMs } from './names.ts';
import type { Reason } from './reason.ts';

/**
 * Error of a Distributed Map with a failed item. It replaces the item's own error. [Step Functions developer guide,
 * Setting failure thresholds for Distributed Map states]
 */
const MAP_FAILED = 'States.ExceedToleratedFailureThreshold';
/** Errors that a Retry of the state machines names. A later failure replaces one of these. */
export const RETRIED: ReadonlySet<string> = new Set([
  'Throttled',
  'Unavailable',
  'Conflict',
  'SegmentClaimed',
  'SegmentUnfinished',
  'ApplierClaimed',
  'ClaimRanOut',
  'TableLimitExceeded',
  'TableInUse',
]);
/** Maximum number of characters of a recorded message, since messages of the SDK have no bound. */
const MAX_CAUSE_CHARACTERS = 2_000;

/** The state machine whose steps fail: those that move the tenant, or those that undo the move. */
export type FailingSteps = 'forward' | 'rollback';

/**
 * Returns the failure that a step records before it throws. Undefined for a step of an earlier attempt, or one that a
 * Map left running after another item had failed: it is not the reason why the migration failed.
 */
export const stepFailureOf = (error: unknown, attempt: number, at: EpochMs): StepFailure | undefined => {
  if (error instanceof StaleAttempt) return undefined;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const isRetried = RETRIED.has(name);
  const next = error instanceof TierferryError ? error.next : null;
  return {
    error: name,
    cause: message.slice(0, MAX_CAUSE_CHARACTERS),
    at,
    attempt,
    isRetried: isRetried ? true : undefined,
    next: next ?? undefined,
  };
};

/**
 * Returns the failed item's own reason if a Map hides it; otherwise the reason as it was caught. The next action comes from
 * the step's note: a Lambda passes on an error's name and message alone.
 */
export const ownReason = (
  caught: Reason,
  { attempt, stepFailure, rollbackStepFailure }: Migration,
  steps: FailingSteps,
): Reason => {
  const noted = steps === 'forward' ? stepFailure : rollbackStepFailure;
  if (noted?.attempt !== attempt) return caught;
  const isNoted = caught.error === noted.error && caught.cause.startsWith(noted.cause);
  if (caught.error !== MAP_FAILED && !isNoted) return caught;
  const { error, cause, next } = noted;
  const reason: Reason = isNoted ? caught : { error, cause };
  return next ? { ...reason, next } : reason;
};
