import { Conflict } from '../errors.ts';
import type { CleanUpRecord, Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Begins to create the target table where there was none. @throws TableLimitExceeded: try again when another is done. */
export const createTargetTable = async (ports: Ports, migration: Migration): Promise<void> => {
  const record = await cleanUpRecord(ports, migration);
  if (record.createsTable) await ports.tables.create(record.table, ports.settings.tableDesign);
};

/** The clean-up record that `ReserveTarget` wrote. @throws Conflict where there is none. */
export const cleanUpRecord = async (ports: Ports, migration: Migration): Promise<CleanUpRecord> => {
  const record = await ports.migrations.cleanUp(migration.migrationId);
  if (!record) throw new Conflict(`${migration.migrationId} has no clean-up record; no room was reserved`);
  return record;
};
