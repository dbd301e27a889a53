import type { Migration } from '../../../functions/migration/migration.ts';

/** Renders that a cancel or rollback has ended the migration's pause; no line if it was not paused. */
export const requestRollbackChange = ({ cancellation }: Migration): readonly string[] =>
  cancellation?.endedPause ? ['the migration was paused; the pause has ended.'] : [];
