import { BatchWriter, deleteKeys } from '../batch-writer.ts';
import type { EntityKey, TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { sentinelItem } from './sentinel.ts';

/** The tenant's writers wait for sentinels under the fence, and nothing else is written there then. */
const BATCHES_IN_FLIGHT = 8;

/**
 * Puts items of ours under these keys and deletes them at once: the application may see them for some milliseconds, also
 * in an index whose keys are the table's (docs/router.md). @throws Throttled, Unavailable, TableNotFound
 */
export const placeSentinels = async (
  ports: Ports,
  tenantId: TenantId,
  table: TableName,
  keys: readonly EntityKey[],
): Promise<void> => {
  await putSentinels(ports, tenantId, table, keys);
  await deleteSentinels(ports, tenantId, table, keys);
};

export const putSentinels = async (
  ports: Ports,
  tenantId: TenantId,
  table: TableName,
  keys: readonly EntityKey[],
): Promise<void> => {
  const { clock, random, settings } = ports;
  const many = { clock, random, settings: { ...settings, batchesInFlight: BATCHES_IN_FLIGHT } };
  const writer = new BatchWriter(many, ports.partition(tenantId), table);
  try {
    for (const key of keys) await writer.put(sentinelItem(tenantId, key));
    await writer.flush();
  } finally {
    await writer.settle();
  }
};

export const deleteSentinels = async (
  ports: Ports,
  tenantId: TenantId,
  table: TableName,
  keys: readonly EntityKey[],
): Promise<void> => {
  await deleteKeys(ports, ports.partition(tenantId), table, keys);
};
