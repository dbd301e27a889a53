import { TableNotFound, TargetTableMismatch, TargetTableNotActive } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports, TableDescription } from '../ports.ts';
import { cleanUpRecord } from './create-target-table.ts';
import { tableDifferences } from './table-differences.ts';

/** Seconds between two looks at a table that is being created. */
const WAIT_SECONDS = 3;

type Checked = { ready: boolean; waitSeconds: number };

/**
 * Whether the target table is ready, as the catalogue asks, and its stream read. The state machine waits and asks again.
 * @throws TargetTableMismatch with the list of differences. @throws TargetTableNotActive past `maxProvisionMs`.
 */
export const checkTargetTable = async (ports: Ports, migration: Migration): Promise<Checked> => {
  const { table, createsTable } = await cleanUpRecord(ports, migration);
  const found = await ports.tables.describe(table);
  if (!found && !createsTable)
    throw new TableNotFound(`table ${table} is registered and gone; retire it or create it`);
  // for a moment DescribeTable does not know of a table that has just been created
  if (!found || !isReady(found))
    return notYet(ports, migration, `table ${table} is ${found?.status ?? 'gone'}`);
  // who has created it may not have come to that yet, or never will
  const isOurs = createsTable || (await ports.registry.table(table))?.createdBy !== undefined;
  if (isOurs) await ports.tables.configure(table, ports.settings.tableDesign);
  const checked = isOurs ? await ports.tables.describe(table) : found;
  const differences = checked ? tableDifferences(checked, ports.settings.tableDesign) : ['it is gone'];
  if (differences.length > 0) {
    throw new TargetTableMismatch(`table ${table} is not as the catalogue asks: ${differences.join('; ')}`);
  }
  if (!(await ports.streamReaders.connect(table)))
    return notYet(ports, migration, `the stream of table ${table} is not read by everybody who has to`);
  return { ready: true, waitSeconds: WAIT_SECONDS };
};

const notYet = ({ clock, settings }: Ports, migration: Migration, why: string): Checked => {
  const since = migration.stages.provision?.startedAt ?? migration.requestedAt;
  if (clock.now() - since > settings.maxProvisionMs)
    throw new TargetTableNotActive(`${why} after ${settings.maxProvisionMs} ms`);
  return { ready: false, waitSeconds: WAIT_SECONDS };
};

const isReady = (table: TableDescription) =>
  table.status === 'ACTIVE' && table.indexes.every((index) => index.active);
