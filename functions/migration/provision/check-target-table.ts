import { TableNotFound, TargetTableMismatch, TargetTableNotActive } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { cleanUpRecord } from './create-target-table.ts';
import { settleTable } from './settle-table.ts';

/** Seconds between two polls of a table that is being created. */
const WAIT_SECONDS = 3;

type Checked = { ready: boolean; waitSeconds: number };

/**
 * Returns `ready` once the target table is as the catalogue asks and its stream is read. The state machine waits and asks
 * again.
 * @throws TargetTableMismatch with the list of differences that no wait mends. @throws TargetTableNotActive past
 *   `maxProvisionMs`. @throws TableInUse, TableLimitExceeded
 */
export const checkTargetTable = async (ports: Ports, migration: Migration): Promise<Checked> => {
  const { table, createsTable } = await cleanUpRecord(ports, migration);
  // the process that has created it may not have configured it yet, or never will
  const isOurs = async () => createsTable || (await ports.registry.table(table))?.createdBy !== undefined;
  const { waitsFor, differences, isMissing } = await settleTable(ports, table, isOurs);
  if (isMissing && !createsTable)
    throw new TableNotFound(`table ${table} is registered and gone; retire it or create it`, { table });
  if (waitsFor !== undefined) return notYet(ports, migration, waitsFor);
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
