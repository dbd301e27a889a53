import { NotSafe } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Seconds between two looks at a table that is on its way. */
const WAIT_SECONDS = 3;

/**
 * Deletes the table that this migration created, unless somebody else came to use it meanwhile. Its record stays and
 * keeps the name taken for ever: DeleteTable has no conditions, and one that comes late must find nothing (I2).
 * @throws NotSafe where the table holds items although nobody is registered in it.
 */
export const dropCreatedTable = async (
  ports: Ports,
  migration: Migration,
): Promise<{ gone: boolean; waitSeconds: number }> => {
  const gone = await drop(ports, migration);
  return { gone, waitSeconds: WAIT_SECONDS };
};

const drop = async (ports: Ports, migration: Migration): Promise<boolean> => {
  const record = await ports.migrations.cleanUp(migration.migrationId);
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
      throw new NotSafe(`table ${record.table} was to be dropped and holds items; look at them, then retry`);
    }
    if (await ports.streamReaders.disconnect(record.table)) await ports.tables.delete(record.table);
  }
  return false;
};
