import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { OperatorExecution } from './execution.ts';

/**
 * Reason to refuse an operator's request, decided by the migration's record alone; undefined if it is allowed. The
 * requests and the list of actions offered to an operator use the same functions, so no offered action is refused.
 */
export type Refusal = string | undefined;

const controlRefusal = ({ migrationId, status }: Migration): Refusal =>
  isClosed(status) ? `${migrationId} has ended (${status}): there is nothing to control` : undefined;

const rollingBackRefusal = ({ migrationId, status }: Migration): Refusal =>
  status === 'rollingBack' ? `${migrationId} is being rolled back; wait until it has ended` : undefined;

export const pauseRefusal = (migration: Migration): Refusal => {
  const { migrationId, paused, flippedAt, reverseFlippedAt } = migration;
  const isReverseCutover = flippedAt !== undefined && reverseFlippedAt === undefined;
  return (
    controlRefusal(migration) ??
    (isReverseCutover ? undefined : rollingBackRefusal(migration)) ??
    (paused ? `${migrationId} is already paused` : undefined)
  );
};

export const resumeRefusal = (migration: Migration): Refusal =>
  controlRefusal(migration) ?? (migration.paused ? undefined : `${migration.migrationId} is not paused`);

export const holdCutoverRefusal = (migration: Migration): Refusal => {
  const { migrationId, status, cutoverHeld } = migration;
  const refusal = controlRefusal(migration) ?? rollingBackRefusal(migration);
  if (refusal !== undefined) return refusal;
  if (isFlipped(status)) return `${migrationId} has already flipped; see 'tierferry rollback'`;
  return cutoverHeld ? `the cutover of ${migrationId} is already held` : undefined;
};

export const releaseCutoverRefusal = (migration: Migration): Refusal =>
  controlRefusal(migration) ??
  (migration.cutoverHeld ? undefined : `the cutover of ${migration.migrationId} is not held`);

export const limitRefusal = controlRefusal;

export const cancelRefusal = ({ migrationId, status, flippedAt, target }: Migration): Refusal => {
  if (isClosed(status)) return `${migrationId} has already ended (${status})`;
  if (isFlipped(status))
    return `${migrationId} has flipped: the tenant lives on ${target.table}. Roll back with 'tierferry rollback ${migrationId}'`;
  if (status === 'rollingBack' && flippedAt !== undefined)
    return `${migrationId} has flipped and is already being rolled back. If the rollback has stopped, use 'tierferry retry ${migrationId}'`;
  return undefined;
};

export const rollbackRefusal = ({ migrationId, status }: Migration): Refusal => {
  if (status === 'holding') return undefined;
  if (status === 'cleaningUp' || status === 'completed')
    return `${migrationId} is ${status}: the source is being removed or no longer exists. Request a migration in the other direction`;
  if (status === 'rollingBack') return `${migrationId} is already being rolled back`;
  return `${migrationId} is ${status} and has not flipped. Use 'tierferry cancel ${migrationId}' to undo it`;
};

export const abandonRefusal = ({ migrationId, status }: Migration): Refusal =>
  status === 'rollingBack'
    ? undefined
    : `${migrationId} is ${status}: there is no rollback to abandon. Nothing was changed`;

/** Returns the reason against ending a rollback whose tenant lives on the source. */
export const onSourceRefusal = ({ migrationId, source }: Migration): string =>
  `the tenant of ${migrationId} lives on ${source.table}; the rollback can only be finished`;

export const holdRefusal = ({ migrationId, status }: Migration): Refusal => {
  if (status === 'rollingBack')
    return `${migrationId} is being rolled back: its hold no longer has any effect. Nothing was changed`;
  if (isClosed(status)) return `${migrationId} has ended (${status}): there is no hold. Nothing was changed`;
  return status === 'cleaningUp'
    ? `the hold of ${migrationId} is over, and the source is being removed. Nothing was changed`
    : undefined;
};

export const endHoldRefusal = (migration: Migration): Refusal => {
  const { migrationId, status, flippedAt } = migration;
  const refusal = holdRefusal(migration);
  if (refusal !== undefined) return refusal;
  return status === 'holding' && flippedAt !== undefined
    ? undefined
    : `${migrationId} has no hold to end: the tenant has not flipped. Nothing was changed. To begin without a hold, use --for 0`;
};

/** @param execution state of the migration's execution; `waiting` only while the migration has not been admitted. */
export const retryRefusal = (
  { migrationId, status, attempt }: Migration,
  execution: OperatorExecution,
): Refusal => {
  if (status === 'completed' || status === 'cancelled')
    return `${migrationId} is ${status}; request a new migration`;
  if (execution === 'running')
    return `${migrationId} is still running (attempt ${attempt}); wait for its end, or cancel it`;
  if (execution === 'unknown')
    return `Step Functions did not answer, so it is not known whether ${migrationId} is running; try again later`;
  if (execution === 'starting')
    return `${migrationId} was changed a moment ago, and its execution may not be visible yet; try again in a minute`;
  return execution === 'waiting' ? `${migrationId} is queued; see 'tierferry queue'` : undefined;
};
