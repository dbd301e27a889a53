import { TableNotFound, TargetTableMismatch, TargetTableNotActive } from '../errors.ts';
import { formatDuration } from '../format-duration.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { undoRecord } from '../record/undo-record.ts';
import { isRecordedFirst } from '../registry/tier-table.ts';
import { configureTable } from './configure-table.ts';

/** Time between two polls of a table that is being created, in s. */
const WAIT_SECONDS = 3;

type TableCheck = { ready: boolean; waitSeconds: number };

/**
 * Returns `ready: true` once the target table matches the catalogue's design and both stream functions read its stream. Until
 * then the state machine waits and calls again.
 * @throws TargetTableMismatch if the table differs in a way that waiting does not change; the message lists the differences
 * @throws TargetTableNotActive if the table is not ready after `maxProvisionMs`
 * @throws TableNotFound if a registered table does not exist any more
 * @throws TableInUse, TableLimitExceeded
 */
export const checkTargetTable = async (ports: Ports, migration: Migration): Promise<TableCheck> => {
  const { table, createsTable } = await undoRecord(ports, migration);
  // the process that created the table may have died before it configured it
  const isCreatedByTierferry = async () => {
    if (createsTable) return true;
    const record = await ports.registry.table(table);
    return record !== undefined && isRecordedFirst(record);
  };
  const { waitsFor, differences, isMissing } = await configureTable(ports, table, isCreatedByTierferry);
  if (isMissing && !createsTable)
    throw new TableNotFound(
      `table ${table} is in the registry, but does not exist. Nothing was copied. Create the table again or retire it, then retry`,
      {
        table,
        facts: { migrationId: migration.migrationId, table },
        next: { action: 'retire-table', table },
      },
    );
  if (waitsFor !== undefined) return waitOrFail(ports, migration, waitsFor);
  if (differences.length > 0) {
    throw new TargetTableMismatch(
      `table ${table} differs from the catalogue's design: ${differences.join('; ')}. Nothing was copied. Change the table, or tableDesign in the settings, so that they match, then retry`,
    );
  }
  if (!(await ports.streamReaders.connect(table)))
    return waitOrFail(
      ports,
      migration,
      `the stream of table ${table} is not connected to both of its readers`,
    );
  return { ready: true, waitSeconds: WAIT_SECONDS };
};

const waitOrFail = ({ clock, settings }: Ports, migration: Migration, reason: string): TableCheck => {
  const since = migration.stages.provision?.startedAt ?? migration.requestedAt;
  if (clock.now() - since > settings.maxProvisionMs)
    throw new TargetTableNotActive(
      `${reason} after ${formatDuration(settings.maxProvisionMs)}. Nothing was copied. Retry once the table is ready`,
    );
  return { ready: false, waitSeconds: WAIT_SECONDS };
};
