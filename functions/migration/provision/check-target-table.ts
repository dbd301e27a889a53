import { TableNotFound, TargetTableMismatch, TargetTableNotActive } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports, TableDescription } from '../ports.ts';
import { cleanUpRecord } from './create-target-table.ts';
import { tableDifferences } from './table-differences.ts';

/** Seconds between two looks at a table that is being created. */
const WAIT_SECONDS = 3;

/**
 * Whether the target table is ready and as the catalogue asks. The state machine waits and asks again.
 * @throws TargetTableMismatch with the list of differences. @throws TargetTableNotActive past `maxProvisionMs`.
 */
export const checkTargetTable = async (
  ports: Ports,
  migration: Migration,
): Promise<{ ready: boolean; waitSeconds: number }> => {
  const { table, createsTable } = await cleanUpRecord(ports, migration);
  const found = await ports.tables.describe(table);
  if (!found && !createsTable)
    throw new TableNotFound(`table ${table} is registered and gone; retire it or create it`);
  // for a moment DescribeTable does not know of a table that has just been created
  if (!found || !isReady(found)) {
    const since = migration.stages.provision?.startedAt ?? migration.requestedAt;
    if (ports.clock.now() - since > ports.settings.maxProvisionMs) {
      throw new TargetTableNotActive(
        `table ${table} is ${found?.status ?? 'gone'} after ${ports.settings.maxProvisionMs} ms`,
      );
    }
    return { ready: false, waitSeconds: WAIT_SECONDS };
  }
  // who has created it may not have come to that yet, or never will
  const isOurs = createsTable || (await ports.registry.table(table))?.createdBy !== undefined;
  if (isOurs) await ports.tables.configure(table, ports.settings.tableDesign);
  const checked = isOurs ? await ports.tables.describe(table) : found;
  const differences = checked ? tableDifferences(checked, ports.settings.tableDesign) : ['it is gone'];
  if (differences.length > 0) {
    throw new TargetTableMismatch(`table ${table} is not as the catalogue asks: ${differences.join('; ')}`);
  }
  return { ready: true, waitSeconds: WAIT_SECONDS };
};

const isReady = (table: TableDescription) =>
  table.status === 'ACTIVE' && table.indexes.every((index) => index.active);
