import { deleteKeys } from '../batch-writer.ts';
import { keyOf } from '../items.ts';
import type { TableName, TenantId } from '../names.ts';
import type { Ports, Slice } from '../ports.ts';

/** Deletes all of one tenant's items in one table, page by page until the slice is over; every call names the tenant's key. */
export const deletePartition = async (
  ports: Ports,
  tenantId: TenantId,
  table: TableName,
  slice: Slice,
): Promise<{ done: boolean }> => {
  const partition = ports.partition(tenantId);
  const options = { limit: ports.settings.pageItems, consistent: true };
  for (;;) {
    const page = await partition.read(table, {}, options);
    if (page.items.length === 0) return { done: true };
    await deleteKeys(ports, partition, table, page.items.map(keyOf));
    if (ports.clock.monotonic() >= slice.deadline) return { done: false };
  }
};
