import type { OperatorExecution } from './execution.ts';
import { isClosed, isFlipped } from './life-cycle.ts';
import type { Migration } from './migration.ts';

/**
 * Reasons to refuse what an operator asks of a migration, decided by its record alone; undefined if nothing speaks against
 * it. The requests themselves and the list of actions that an operator is offered use the same functions, so that no action
 * is offered which is then refused.
 */
export type Refusal = string | undefined;

const controlRefusal = ({ migrationId, status }: Migration): Refusal =>
  isClosed(status) ? `${migrationId} is ${status}: there is nothing to control` : undefined;

const rollingBackRefusal = ({ migrationId, status }: Migration): Refusal =>
  status === 'rollingBack' ? `${migrationId} is being rolled back; let it end` : undefined;

export const pauseRefusal = (migration: Migration): Refusal => {
  const { migrationId, paused, flippedAt, flippedBackAt } = migration;
  const isReverseCutover = flippedAt !== undefined && flippedBackAt === undefined;
  return (
    controlRefusal(migration) ??
    (isReverseCutover ? undefined : rollingBackRefusal(migration)) ??
    (paused ? `${migrationId} is paused already` : undefined)
  );
};

export const resumeRefusal = (migration: Migration): Refusal =>
  controlRefusal(migration) ?? (migration.paused ? undefined : `${migration.migrationId} is not paused`);

export const holdCutoverRefusal = (migration: Migration): Refusal => {
  const { migrationId, status, cutoverHeld } = migration;
  const refusal = controlRefusal(migration) ?? rollingBackRefusal(migration);
  if (refusal !== undefined) return refusal;
  if (isFlipped(status)) return `${migrationId} has flipped already; see 'tierferry rollback'`;
  return cutoverHeld ? `the cutover of ${migrationId} is held already` : undefined;
};

export const letCutOverRefusal = (migration: Migration): Refusal =>
  controlRefusal(migration) ??
  (migration.cutoverHeld ? undefined : `the cutover of ${migration.migrationId} is not held`);

export const limitRefusal = controlRefusal;

export const cancelRefusal = ({ migrationId, status, flippedAt, target }: Migration): Refusal => {
  if (isClosed(status)) return `${migrationId} is ${status} already`;
  if (isFlipped(status))
    return `${migrationId} has flipped: the tenant lives on ${target.table}; take it back with 'tierferry rollback ${migrationId}'`;
  if (status === 'rollingBack' && flippedAt !== undefined)
    return `${migrationId} has flipped and is being rolled back already; if the rollback has stopped, use 'tierferry retry ${migrationId}'`;
  return undefined;
};

export const rollbackRefusal = ({ migrationId, status }: Migration): Refusal => {
  if (status === 'holding') return undefined;
  if (status === 'cleaningUp' || status === 'completed')
    return `${migrationId} is ${status}: the source is being removed or is gone; request a migration the other way`;
  if (status === 'rollingBack') return `${migrationId} is being rolled back already`;
  return `${migrationId} is ${status} and has not flipped; 'tierferry cancel ${migrationId}' puts everything back`;
};

export const abandonRefusal = ({ migrationId, status }: Migration): Refusal =>
  status === 'rollingBack'
    ? undefined
    : `${migrationId} is ${status}: there is no rollback to abandon. Nothing was changed`;

/** The rollback of a tenant that lives on the source can only be finished. */
export const onSourceRefusal = ({ migrationId, source }: Migration): string =>
  `${migrationId}: the tenant lives on ${source.table}; the rollback can only be finished`;

export const holdRefusal = ({ migrationId, status }: Migration): Refusal => {
  if (status === 'rollingBack')
    return `${migrationId} is being rolled back: its hold has no effect any more. Nothing was changed`;
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

/** @param execution what works on the migration; `waiting` only while it has not been admitted. */
export const retryRefusal = (
  { migrationId, status, attempt }: Migration,
  execution: OperatorExecution,
): Refusal => {
  if (status === 'completed' || status === 'cancelled')
    return `${migrationId} is ${status}; request a new migration`;
  if (execution === 'running')
    return `${migrationId} is still running (attempt ${attempt}); wait for it or cancel it`;
  if (execution === 'unknown')
    return `it is not known whether ${migrationId} runs, since Step Functions gave no answer`;
  if (execution === 'starting')
    return `${migrationId} was changed a moment ago, and its execution may not be shown yet; try again in a minute`;
  return execution === 'waiting' ? `${migrationId} waits for its turn; see 'tierferry queue'` : undefined;
};
