import pLimit from 'p-limit';
import { keyOf } from '../items/items.ts';
import { isSentinelItem, sentinelRange } from '../items/sentinel.ts';
import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { KeyRange } from '../segment.ts';
import { deleteSentinels } from './place-sentinels.ts';

/** Ranges that are read concurrently. */
const CONCURRENT_RANGES = 8;
/** Sentinels of one range that are deleted together. */
const PAGE = 100;

/**
 * Deletes the sentinels that are left in a table because a step crashed between putting and deleting them. Reads each
 * range in which one may lie, at half a read unit per range.
 * @throws Throttled, Unavailable, TableNotFound
 */
export const deleteLeftSentinels = async (
  ports: Ports,
  { migrationId, tenantId }: Migration,
  table: TableName,
): Promise<void> => {
  const deleteInRange = async (range: KeyRange): Promise<void> => {
    const { items, last } = await ports
      .partition(tenantId)
      .read(table, range, { limit: PAGE, consistent: true });
    await deleteSentinels(ports, tenantId, table, items.filter(isSentinelItem).map(keyOf));
    if (last !== undefined) await deleteInRange({ ...range, after: last });
  };
  const ranges = [sentinelRange()];
  for await (const segment of ports.segments.list(migrationId)) ranges.push(sentinelRange(segment));
  for (const after of await ports.migrations.hotKeys(migrationId))
    ranges.push(sentinelRange({ range: { after } }));
  await pLimit(CONCURRENT_RANGES).map(ranges, deleteInRange);
};
