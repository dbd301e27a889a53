import { Conflict } from '../errors.ts';
import type { Migration, UndoRecord } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Returns the undo record that `ReserveTarget` wrote. @throws Conflict if there is none */
export const undoRecord = async (ports: Ports, migration: Migration): Promise<UndoRecord> => {
  const record = await ports.migrations.undoRecord(migration.migrationId);
  if (!record)
    throw new Conflict(`${migration.migrationId} has no undo record: it has not reserved a target yet`);
  return record;
};
