import type { Migration } from '../../../functions/migration/migration.ts';

/** Says that a cancel or rollback has ended the migration's pause; nothing if it was not paused. */
export const endOfPause = ({ cancellation }: Migration): readonly string[] =>
  cancellation?.endedPause ? ['it was paused: the pause has ended.'] : [];
