import { NotSafe } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Time between two polls of a table that is being deleted, in s. */
const WAIT_SECONDS = 3;

/**
 * Deletes the table that this migration created, unless another tenant is registered in it by now. The table's record stays,
 * so that its name is never used again: DeleteTable has no conditions, and a late one must find no table (I2).
 * @throws NotSafe if the table has items although no tenant is registered in it
 */
export const dropCreatedTable = async (
  ports: Ports,
  migration: Migration,
): Promise<{ dropped: boolean; waitSeconds: number }> => {
  const dropped = await drop(ports, migration);
  return { dropped, waitSeconds: WAIT_SECONDS };
};

const drop = async (ports: Ports, migration: Migration): Promise<boolean> => {
  const record = await ports.migrations.undoRecord(migration.migrationId);
  if (!record?.createsTable) return true;
  const registered = await ports.registry.table(record.table);
  if (registered?.createdBy !== migration.migrationId || registered.state === 'dropped') return true;
  if (!(await ports.registry.markDropping(record.table))) return true;
  const found = await ports.tables.describe(record.table);
  if (!found) {
    await ports.registry.markDropped(record.table);
    return true;
  }
  if (found.status === 'ACTIVE') {
    if (!(await ports.tables.isEmpty(record.table))) {
      throw new NotSafe(
        `cannot delete table ${record.table}, which this migration created: it has items, and no tenant is registered in it. The table was not deleted. Find out which process wrote the items, remove them, then retry`,
      );
    }
    if (await ports.streamReaders.disconnect(record.table)) await ports.tables.delete(record.table);
  }
  return false;
};
