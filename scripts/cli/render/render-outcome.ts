import { isClosed } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';

/** How it ended, in a sentence or two, and what to do about it. */
export const renderOutcome = (migration: Migration): string[] => {
  const { migrationId, status, failure, tenantId, source, target } = migration;
  const why = failure ? [`why: ${failure.error}: ${failure.cause}`] : [];
  if (status === 'completed') return [`${migrationId} is completed: ${tenantId} lives on ${target.table}.`];
  if (status === 'cancelled')
    return [`${migrationId} was cancelled; ${tenantId} lives on ${source.table} as before.`];
  if (isClosed(status)) {
    return [
      `${migrationId} ${status === 'failed' ? 'failed before anything was changed' : 'was rolled back'}; ${tenantId} lives on ${source.table} as before.`,
      ...why,
      `try again: tierferry retry ${migrationId} --watch`,
    ];
  }
  return [
    `${migrationId} stopped in status ${status}; nothing works on it now.`,
    ...why,
    `go on: tierferry retry ${migrationId} --watch`,
  ];
};
