import type { Migration } from '../migration.ts';

/**
 * True if an attempt's findings still hold: no rollback, which may have written to the kept source, was abandoned since.
 * Findings of a comparison under the fence carry no attempt, since the fence precedes every rollback.
 */
export const isAfterRollback = (
  { rollbackStoppedIn }: Pick<Migration, 'rollbackStoppedIn'>,
  { attempt = 0 }: { readonly attempt?: number },
): boolean => rollbackStoppedIn === undefined || attempt > rollbackStoppedIn;
