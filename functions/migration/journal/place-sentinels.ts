import { noteLateSentinels } from '../claims/late-calls.ts';
import { layoutOf } from '../items/key-layout.ts';
import { sentinelItem } from '../items/sentinel.ts';
import type { Migration } from '../migration.ts';
import type { EntityKey, TableName, TenantId } from '../names.ts';
import { BatchWriter, deleteKeys } from '../partition/batch-writer.ts';
import type { Ports } from '../ports.ts';

/**
 * Batches in flight. More than usual, because the tenant's writers wait under the fence and nothing else is written
 * there.
 */
const BATCHES_IN_FLIGHT = 8;

/**
 * Puts items of Tierferry under these keys and deletes them at once. The application may see them for some
 * milliseconds, also in an index that has the table's keys (docs/router.md).
 * @throws Throttled, Unavailable, TableNotFound
 */
export const placeSentinels = async (
  ports: Ports,
  migration: SentinelOptions,
  table: TableName,
  keys: readonly EntityKey[],
): Promise<void> => {
  await putSentinels(ports, migration, table, keys);
  await deleteSentinels(ports, migration.tenantId, table, keys);
};

type SentinelOptions = Pick<Migration, 'migrationId' | 'tenantId'>;

/**
 * Puts sentinels that a later call deletes. A put that got no answer is recorded, since it may leave a sentinel behind
 * that deletion.
 * @throws Throttled, Unavailable, TableNotFound
 */
export const putSentinels = async (
  ports: Ports,
  { migrationId, tenantId }: SentinelOptions,
  table: TableName,
  keys: readonly EntityKey[],
): Promise<void> => {
  const { clock, random, settings } = ports;
  const many = { clock, random, settings: { ...settings, batchesInFlight: BATCHES_IN_FLIGHT } };
  const writer = new BatchWriter(many, ports.partition(tenantId), table);
  try {
    for (const key of keys) await writer.put(sentinelItem(tenantId, key, layoutOf(settings)));
    await writer.flush();
  } finally {
    await writer.finish();
    await noteLateSentinels(ports, migrationId, writer.unansweredAt);
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
