import { keyOf } from '../items.ts';
import type { EntityKey, TableName, TenantId } from '../names.ts';
import type { Partition, Ports } from '../ports.ts';
import { deleteSentinels } from './place-sentinels.ts';
import { isSentinelItem } from './sentinel.ts';

/** Items of one look: an item of the tenant is among the first, unless sentinels were left before it. */
const PAGE = 25;

/**
 * True if a tenant's partition in a table holds an item that is no sentinel. It ends at the first.
 * @param onSentinels is given the keys of the sentinels of each page that holds nothing else. @throws TableNotFound
 */
export const holdsItems = async (
  partition: Pick<Partition, 'read'>,
  table: TableName,
  onSentinels: (keys: readonly EntityKey[]) => Promise<void> = async () => {},
): Promise<boolean> => {
  let after: EntityKey | undefined;
  do {
    const range = after === undefined ? {} : { after };
    const { items, last } = await partition.read(table, range, { limit: PAGE, consistent: true });
    if (!items.every(isSentinelItem)) return true;
    await onSentinels(items.map(keyOf));
    after = last;
  } while (after !== undefined);
  return false;
};

/**
 * Deletes the sentinels that earlier migrations left in a tenant's partition that holds nothing else. They lie where the
 * segments of those migrations began, so no list of segments says where.
 * @returns false if it holds an item that is no sentinel: that stays. @throws Throttled, Unavailable, TableNotFound
 */
export const clearSentinels = async (ports: Ports, tenantId: TenantId, table: TableName): Promise<boolean> =>
  !(await holdsItems(ports.partition(tenantId), table, (keys) =>
    deleteSentinels(ports, tenantId, table, keys),
  ));
