import { type KeyLayout, layoutOf } from '../items/key-layout.ts';
import { isSentinelItem } from '../items/sentinel.ts';
import type { EntityKey, TableName, TenantId } from '../names.ts';
import type { Partition } from '../partition/partition-port.ts';
import type { Ports } from '../ports.ts';
import { deleteSentinels } from './place-sentinels.ts';

/** Items per read. The first page usually contains an item of the tenant. */
const PAGE = 25;

/**
 * True if a tenant's partition in a table holds an item that is not a sentinel. Stops reading at the first one.
 * @param onSentinels called with the keys of each page that contains sentinels only.
 * @throws TableNotFound
 */
export const holdsItems = async (
  partition: Pick<Partition, 'read'>,
  table: TableName,
  layout: KeyLayout,
  onSentinels: (keys: readonly EntityKey[]) => Promise<void> = async () => {},
): Promise<boolean> => {
  let after: EntityKey | undefined;
  do {
    const range = after === undefined ? {} : { after };
    const { items, last } = await partition.read(table, range, { limit: PAGE, consistent: true });
    if (!items.every((item) => isSentinelItem(item, layout))) return true;
    await onSentinels(items.map((item) => layout.keyOf(item)));
    after = last;
  } while (after !== undefined);
  return false;
};

/**
 * Deletes the sentinels that earlier migrations left in a tenant's partition that holds nothing else. They lie at the
 * beginnings of those migrations' segments, which are no longer known.
 * @returns false if the partition holds another item, which is kept.
 * @throws Throttled, Unavailable, TableNotFound
 */
export const clearSentinels = async (ports: Ports, tenantId: TenantId, table: TableName): Promise<boolean> =>
  !(await holdsItems(ports.partition(tenantId), table, layoutOf(ports.settings), (keys) =>
    deleteSentinels(ports, tenantId, table, keys),
  ));
