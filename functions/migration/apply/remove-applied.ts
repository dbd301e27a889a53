import { isSentinel } from '../items/sentinel.ts';
import type { JournalEntry } from '../journal/journal-port.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { Side } from '../route/route.ts';

/**
 * Removes journal entries of the live side whose keys were read equal on both sides. The keys stay touched, so that a
 * later change of them that capture misses is found under the fence.
 */
export const removeApplied = async (
  { journal }: Pick<Ports, 'journal'>,
  { migrationId, comparison }: Migration,
  side: Side,
  entries: readonly JournalEntry[],
): Promise<void> => {
  const { sentinels = [], keys = [] } = Object.groupBy(entries, ({ key }) =>
    isSentinel(key) ? 'sentinels' : 'keys',
  );
  await Promise.all([
    journal.remove(migrationId, side, sentinels),
    journal.removeAsTouched(migrationId, side, keys, comparison?.round ?? 0),
  ]);
};
