import { isSentinel } from '../capture/sentinel.ts';
import type { Migration } from '../migration.ts';
import type { Mark, Ports } from '../ports.ts';
import type { Side } from '../routing/route.ts';

/**
 * Removes journal entries of the live side whose keys were read equal on both sides. The keys stay touched, so that a
 * later change of them that capture misses is found under the fence.
 */
export const settleMarks = async (
  { journal }: Pick<Ports, 'journal'>,
  { migrationId, comparison }: Migration,
  side: Side,
  marks: readonly Mark[],
): Promise<void> => {
  const { sentinels = [], keys = [] } = Object.groupBy(marks, ({ key }) =>
    isSentinel(key) ? 'sentinels' : 'keys',
  );
  await Promise.all([
    journal.remove(migrationId, side, sentinels),
    journal.settle(migrationId, side, keys, comparison?.round ?? 0),
  ]);
};
