import { NotSafe } from '../errors.ts';
import { isClosed, isFlipped, statusWords } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { NextAction, NextStep } from '../next-action.ts';
import { livesOnTarget } from '../route/lives-on-target.ts';
import type { OperatorExecution } from './execution.ts';

/**
 * Reason to refuse an operator's request, decided by the migration's record alone; undefined if it is allowed. The
 * requests and the list of actions offered to an operator use the same functions, so no offered action is refused.
 */
export interface Refusal {
  readonly reason: string;
  /** Action to take instead; null if nothing is better. */
  readonly next: NextAction;
}

const refused = (reason: string, next: NextAction = null): Refusal => ({ reason, next });

/** Returns the error of a refused request. */
export const notSafe = ({ reason, next }: Refusal, { migrationId, status }: Migration): NotSafe =>
  new NotSafe(reason, { facts: { migrationId, status }, next });

/** Refuses a request for which there is a reason. @throws NotSafe */
export const assertAllowed = (refusal: Refusal | undefined, migration: Migration): void => {
  if (refusal !== undefined) throw notSafe(refusal, migration);
};

const controlRefusal = ({ migrationId, status }: Migration): Refusal | undefined =>
  isClosed(status)
    ? refused(`${migrationId} has ended (${statusWords(status)}): there is nothing to control`)
    : undefined;

const rollingBackRefusal = ({ migrationId, status }: Migration): Refusal | undefined =>
  status === 'rollingBack'
    ? refused(`${migrationId} is being rolled back; wait until it has ended`, {
        action: 'watch',
        migrationId,
      })
    : undefined;

export const pauseRefusal = (migration: Migration): Refusal | undefined => {
  const { migrationId, paused } = migration;
  return (
    controlRefusal(migration) ??
    (livesOnTarget(migration) ? undefined : rollingBackRefusal(migration)) ??
    (paused ? refused(`${migrationId} is already paused`, { action: 'resume', migrationId }) : undefined)
  );
};

export const resumeRefusal = (migration: Migration): Refusal | undefined =>
  controlRefusal(migration) ??
  (migration.paused ? undefined : refused(`${migration.migrationId} is not paused`));

export const holdCutoverRefusal = (migration: Migration): Refusal | undefined => {
  const { migrationId, status, cutoverHeld } = migration;
  const refusal = controlRefusal(migration) ?? rollingBackRefusal(migration);
  if (refusal !== undefined) return refusal;
  if (isFlipped(status)) return refused(`${migrationId} has already flipped`, rollbackIn(migration));
  return cutoverHeld
    ? refused(`the cutover of ${migrationId} is already held`, { action: 'cutover', migrationId })
    : undefined;
};

export const releaseCutoverRefusal = (migration: Migration): Refusal | undefined => {
  const { migrationId, status, cutoverHeld, target } = migration;
  const refusal = controlRefusal(migration) ?? rollingBackRefusal(migration);
  if (refusal !== undefined) return refusal;
  if (isFlipped(status))
    return refused(
      `${migrationId} has already flipped: the tenant lives on ${target.table}, and no cutover is left to release`,
      { action: 'status', migrationId },
    );
  return cutoverHeld
    ? undefined
    : refused(`the cutover of ${migrationId} is not held; it begins by itself`, {
        action: 'watch',
        migrationId,
      });
};

export const limitRefusal = controlRefusal;

/** Returns the rollback while one is possible, which is during the hold. */
const rollbackIn = ({ migrationId, status }: Migration): NextAction =>
  status === 'holding' ? { action: 'rollback', migrationId } : null;

export const cancelRefusal = (migration: Migration): Refusal | undefined => {
  const { migrationId, status, flippedAt, target } = migration;
  if (isClosed(status)) return refused(`${migrationId} has already ended (${statusWords(status)})`);
  if (isFlipped(status))
    return refused(
      `${migrationId} has flipped: the tenant lives on ${target.table}. ${status === 'holding' ? 'Roll it back instead' : 'The source is being removed, so no rollback is possible'}`,
      rollbackIn(migration),
    );
  if (status === 'rollingBack' && flippedAt !== undefined)
    return refused(
      `${migrationId} has flipped and is already being rolled back. If the rollback has stopped, retry it`,
      { action: 'retry', migrationId },
    );
  return undefined;
};

export const rollbackRefusal = ({ migrationId, status, dryRun }: Migration): Refusal | undefined => {
  if (status === 'holding') return undefined;
  if (status === 'cleaningUp' || (status === 'completed' && !dryRun))
    return refused(
      `${migrationId} is ${statusWords(status)}: the source is being removed or no longer exists. Request a migration in the other direction`,
    );
  if (status === 'rollingBack')
    return refused(`${migrationId} is already being rolled back`, { action: 'watch', migrationId });
  if (isClosed(status))
    return refused(`${migrationId} has already ended (${statusWords(status)}): nothing is left to roll back`);
  return refused(`${migrationId} is ${statusWords(status)} and has not flipped. Cancel it to undo it`, {
    action: 'cancel',
    migrationId,
  });
};

export const abandonRefusal = ({ migrationId, status }: Migration): Refusal | undefined =>
  status === 'rollingBack'
    ? undefined
    : refused(
        `${migrationId} is ${statusWords(status)}: there is no rollback to abandon. Nothing was changed`,
      );

/** Returns the reason against ending a rollback whose tenant lives on the source. */
export const onSourceRefusal = ({ migrationId, source }: Migration): Refusal =>
  refused(`the tenant of ${migrationId} lives on ${source.table}; the rollback can only be finished`);

export const holdRefusal = ({ migrationId, status }: Migration): Refusal | undefined => {
  if (status === 'rollingBack')
    return refused(
      `${migrationId} is being rolled back: its hold no longer has any effect. Nothing was changed`,
    );
  if (isClosed(status))
    return refused(
      `${migrationId} has ended (${statusWords(status)}): there is no hold. Nothing was changed`,
    );
  return status === 'cleaningUp'
    ? refused(`the hold of ${migrationId} is over, and the source is being removed. Nothing was changed`)
    : undefined;
};

export const endHoldRefusal = (migration: Migration): Refusal | undefined => {
  const { migrationId, status, flippedAt } = migration;
  const refusal = holdRefusal(migration);
  if (refusal !== undefined) return refusal;
  return status === 'holding' && flippedAt !== undefined
    ? undefined
    : refused(
        `${migrationId} has no hold to end: the tenant has not flipped. Nothing was changed. To begin without a hold, set it to 0`,
      );
};

/** Returns the request of a move to the same target. */
export const sameMove = ({ tenantId, source, target }: Migration): NextStep =>
  source.tier === target.tier && source.placement === target.placement
    ? { action: 'move-elsewhere', tenantId }
    : { action: 'migrate', tenantId, tier: target.tier, dedicated: target.placement === 'dedicated' };

/** Words what an operator may do with a migration that is running. */
const insteadOfRetry = (status: Migration['status']): string => {
  if (status === 'holding') return 'wait until the hold has ended, or roll it back';
  return status === 'rollingBack' || status === 'cleaningUp'
    ? 'wait until it has ended'
    : 'wait until it has ended, or cancel it';
};

/** @param execution state of the migration's execution; `waiting` only while the migration has not been admitted. */
export const retryRefusal = (migration: Migration, execution: OperatorExecution): Refusal | undefined => {
  const { migrationId, status, attempt, target, dryRun } = migration;
  if (status === 'completed')
    return refused(
      dryRun
        ? `${migrationId} is a dry run and has ended with its plan. Nothing is left to retry`
        : `${migrationId} is completed: the tenant lives on ${target.table}. Nothing is left to retry`,
    );
  if (status === 'cancelled')
    return refused(
      `${migrationId} was cancelled and cannot be retried; request a new migration`,
      sameMove(migration),
    );
  if (execution === 'running')
    return refused(
      `${migrationId} is still running (attempt ${attempt}), so there is nothing to retry; ${insteadOfRetry(status)}`,
      { action: 'watch', migrationId },
    );
  if (execution === 'unknown')
    return refused(
      `Step Functions did not answer, so it is not known whether ${migrationId} is running; try again later`,
    );
  if (execution === 'starting')
    return refused(
      `${migrationId} was changed a moment ago, and its execution may not be visible yet; try again in a minute`,
    );
  return execution === 'waiting' ? refused(`${migrationId} is queued`, { action: 'show-queue' }) : undefined;
};
