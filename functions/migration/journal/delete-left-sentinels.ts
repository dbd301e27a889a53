import pLimit from 'p-limit';
import { layoutOf } from '../items/key-layout.ts';
import { isSentinelItem, lastSentinelRanges, sentinelRange } from '../items/sentinel.ts';
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
  const layout = layoutOf(ports.settings);
  const deleteInRange = async (range: KeyRange): Promise<void> => {
    const { items, last } = await ports
      .partition(tenantId)
      .read(table, range, { limit: PAGE, consistent: true });
    const left = items.filter((item) => isSentinelItem(item, layout));
    const keys = left.map((item) => layout.keyOf(item));
    await deleteSentinels(ports, tenantId, table, keys);
    if (last !== undefined) await deleteInRange({ ...range, after: last });
  };
  const ranges = [...lastSentinelRanges(layout)];
  for await (const segment of ports.segments.list(migrationId))
    ranges.push(sentinelRange(segment.range.after, layout));
  for (const after of await ports.migrations.hotKeys(migrationId)) ranges.push(sentinelRange(after, layout));
  await pLimit(CONCURRENT_RANGES).map(ranges, deleteInRange);
};
