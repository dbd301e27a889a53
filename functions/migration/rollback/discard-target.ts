import { deletePartition } from '../clean-up/delete-partition.ts';
import { TableNotFound } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports, Slice } from '../ports.ts';

/** Deletes what this migration put into the target: only the tenant's partition, and only where it was claimed (I4). */
export const discardTarget = async (
  ports: Ports,
  migration: Migration,
  slice: Slice,
): Promise<{ done: boolean }> => {
  const record = await ports.migrations.cleanUp(migration.migrationId);
  if (!record?.partitionClaimed) return { done: true };
  try {
    return await deletePartition(ports, migration.tenantId, record.table, slice);
  } catch (error) {
    if (error instanceof TableNotFound) return { done: true };
    throw error;
  }
};
