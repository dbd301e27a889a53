import { isClosed } from '../../../functions/migration/life-cycle.ts';
import type { Failure, Migration } from '../../../functions/migration/migration.ts';
import { type Reason, reasonLine } from '../../../functions/migration/reason.ts';

/**
 * How it ended, in a sentence or two, and what to do about it.
 * @param stoppedBy why its execution ended, where it ended on its way.
 */
export const renderOutcome = (migration: Migration, stoppedBy?: Reason): string[] => {
  const { migrationId, status, failure, tenantId, source, target } = migration;
  const why = failure ? [`why: ${reasonLine(failure)}`] : [];
  const again = `try again: tierferry retry ${migrationId} --watch`;
  if (status === 'completed') return [`${migrationId} is completed: ${tenantId} lives on ${target.table}.`];
  if (status === 'cancelled')
    return [`${migrationId} was cancelled; ${tenantId} lives on ${source.table} as before.`];
  if (status === 'rolledBack' && migration.flippedBackAt !== undefined) {
    return [
      `${migrationId} was rolled back; ${tenantId} lives on ${source.table} again, with every write since the flip.`,
      ...saidBy(migration),
      again,
    ];
  }
  if (isClosed(status)) {
    return [
      `${migrationId} ${status === 'failed' ? 'failed before anything was changed' : 'was rolled back'}; ${tenantId} lives on ${source.table} as before.`,
      ...why,
      again,
    ];
  }
  return [
    `${migrationId} stopped in status ${status}; nothing works on it now.`,
    ...why,
    ...(stoppedBy && isNew(stoppedBy, failure) ? [`stopped by: ${reasonLine(stoppedBy)}`] : []),
    `go on: tierferry retry ${migrationId} --watch`,
    ...(status === 'holding' ? [`or take it back: tierferry rollback ${migrationId} --watch`] : []),
    ...(status === 'rollingBack' && isOnTarget(migration)
      ? [`or stay on ${target.table}: tierferry rollback ${migrationId} --abandon`]
      : []),
  ];
};

const isOnTarget = ({ flippedAt, flippedBackAt }: Migration): boolean =>
  flippedAt !== undefined && flippedBackAt === undefined;

/** An execution may end with what has been noted as the failure. */
export const isNew = ({ error, cause }: Reason, failure: Failure | undefined): boolean =>
  error !== failure?.error || cause !== failure.cause;

const saidBy = ({ cancellation }: Migration): string[] =>
  cancellation ? [`asked for by ${cancellation.by}: ${cancellation.why}`] : [];
