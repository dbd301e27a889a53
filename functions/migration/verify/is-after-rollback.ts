import type { Migration } from '../migration.ts';

/**
 * True if what an attempt found still holds: no rollback has been given up since, which may have written to the kept source.
 * Sides that were compared under the fence have no attempt: the fence came before every rollback.
 */
export const isAfterRollback = (
  { rollbackStoppedIn }: Pick<Migration, 'rollbackStoppedIn'>,
  { attempt = 0 }: { readonly attempt?: number },
): boolean => rollbackStoppedIn === undefined || attempt > rollbackStoppedIn;
