import type { EntityKey, TableName } from '../names.ts';
import type { Partition } from './partition-port.ts';

/**
 * True if a tenant has any item in a table, sentinels included. Reads one item at most, in each of the tenant's partitions
 * until it finds one.
 * @throws TableNotFound
 */
export const holdsAnyItem = async (
  partition: Pick<Partition, 'count'>,
  table: TableName,
): Promise<boolean> => {
  let after: EntityKey | undefined;
  do {
    const { items, last } = await partition.count(table, after === undefined ? {} : { after }, 1);
    if (items > 0) return true;
    after = last;
  } while (after !== undefined);
  return false;
};
