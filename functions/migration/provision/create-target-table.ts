import { Conflict } from '../errors.ts';
import type { CleanUpRecord, Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Begins to create the target table if it did not exist. @throws TableLimitExceeded until other tables are ready */
export const createTargetTable = async (ports: Ports, migration: Migration): Promise<void> => {
  const record = await cleanUpRecord(ports, migration);
  if (record.createsTable) await ports.tables.create(record.table, ports.settings.tableDesign);
};

/** Returns the undo record that `ReserveTarget` wrote. @throws Conflict if there is none */
export const cleanUpRecord = async (ports: Ports, migration: Migration): Promise<CleanUpRecord> => {
  const record = await ports.migrations.cleanUp(migration.migrationId);
  if (!record)
    throw new Conflict(`${migration.migrationId} has no undo record: it has not reserved a target yet`);
  return record;
};
