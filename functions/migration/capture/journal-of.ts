import type { JournalId, MigrationId } from '../names.ts';

/** Where this run's marks are: what is left over of an earlier run can neither add to them nor take any away. */
export const journalOf = ({
  migrationId,
  run = 1,
}: {
  readonly migrationId: MigrationId;
  readonly run?: number;
}): JournalId => (run === 1 ? migrationId : (`${migrationId}.${run}` as JournalId));
