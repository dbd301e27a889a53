import { isClosed, statusWords } from '../../../functions/migration/life-cycle.ts';
import type { Failure, Migration } from '../../../functions/migration/migration.ts';
import { type Reason, reasonLine } from '../../../functions/migration/reason.ts';
import { livesOnTarget } from '../../../functions/migration/route/lives-on-target.ts';
import { firstCommand } from './render-next.ts';

/**
 * Renders how a migration ended, in a sentence or two, and the next command.
 * @param stoppedBy why its execution ended, if it ended before the migration did.
 */
export const renderOutcome = (migration: Migration, stoppedBy?: Reason): string[] => {
  const { migrationId, status, failure, tenantId, source, target } = migration;
  const first = failure && firstCommand(failure);
  const reason = failure
    ? [`why: ${reasonLine(failure)}`, ...(first === undefined ? [] : [`look first: ${first}`])]
    : [];
  const retryCommand = `try again: tierferry retry ${migrationId} --watch`;
  if (status === 'completed') return [`${migrationId} is completed: ${tenantId} lives on ${target.table}.`];
  if (status === 'cancelled')
    return [`${migrationId} was cancelled; ${tenantId} lives on ${source.table} as before.`];
  if (status === 'rolledBack' && migration.reverseFlippedAt !== undefined) {
    return [
      `${migrationId} was rolled back; ${tenantId} lives on ${source.table} again, with every write since the flip.`,
      ...auditNoteText(migration),
      retryCommand,
    ];
  }
  if (isClosed(status)) {
    return [
      `${migrationId} ${status === 'failed' ? 'failed before anything was changed' : 'was rolled back'}; ${tenantId} lives on ${source.table} as before.`,
      ...reason,
      retryCommand,
    ];
  }
  return [
    `${migrationId} stopped while it was ${statusWords(status)}; no execution is working on it.`,
    ...reason,
    ...(stoppedBy && isNew(stoppedBy, failure) ? [`stopped by: ${reasonLine(stoppedBy)}`] : []),
    `continue: tierferry retry ${migrationId} --watch`,
    ...(status === 'holding' ? [`or roll back: tierferry rollback ${migrationId} --watch`] : []),
    ...(status === 'rollingBack' && livesOnTarget(migration)
      ? [`or keep the tenant on ${target.table}: tierferry rollback ${migrationId} --abandon`]
      : []),
  ];
};

/** True if the reason is not the recorded failure, with which an execution may end. */
export const isNew = ({ error, cause }: Reason, failure: Failure | undefined): boolean =>
  error !== failure?.error || cause !== failure.cause;

const auditNoteText = ({ cancellation }: Migration): string[] =>
  cancellation ? [`requested by ${cancellation.by}: ${cancellation.reason}`] : [];
