import { backUpTable } from './back-up-table.ts';
import type { RemovalRun } from './removal-run.ts';

/**
 * Deletes the tenant's dedicated table after a backup. The record is marked first, so that no tenant is placed in the table and
 * its name is never used again.
 * @param items number of items that the table holds.
 */
export const dropTenantTable = async (run: RemovalRun, items: number): Promise<void> => {
  const { ports, tenant } = run;
  const { table } = tenant;
  const exists = await ports.tables.describe(table);
  if (exists) await backUpTable(run);
  await run.save({ itemsDeleted: run.removal.itemsDeleted ?? items }, true);
  await run.poll('deletingTable', async () => {
    const found = await ports.tables.describe(table);
    if (!found || found.status === 'DELETING') return true;
    // a mapping that is being changed cannot be deleted
    if (!(await ports.streamReaders.disconnect(table))) return false;
    await ports.tables.delete(table);
    return false;
  });
};
