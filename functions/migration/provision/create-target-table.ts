import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { undoRecord } from '../record/undo-record.ts';

/** Begins to create the target table if it did not exist. @throws TableLimitExceeded until other tables are ready */
export const createTargetTable = async (ports: Ports, migration: Migration): Promise<void> => {
  const record = await undoRecord(ports, migration);
  if (record.createsTable) await ports.tables.create(record.table, ports.settings.tableDesign);
};
