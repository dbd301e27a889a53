import { Conflict } from '../migration/errors.ts';
import { UndoRecord } from '../migration/migration.ts';
import type { Migrations } from '../migration/record/migrations-port.ts';
import { metaUnchanged, movedOn } from './meta.ts';
import { partKey, partLocation } from './migration-parts.ts';
import type { Records } from './records.ts';
import { updateOf } from './update.ts';

export const UNDO_PART = 'UNDO';

/** Stores `UNDO` of a migration. */
export const undoRecordsIn = (
  records: Records,
  table: string,
): Pick<Migrations, 'chooseTarget' | 'claimPartition' | 'undoRecord'> => ({
  async chooseTarget(from, target) {
    const failed = await records.transact([
      metaUnchanged(table, from, { registryChange: 'none' }),
      {
        Put: {
          TableName: table,
          Item: { ...partKey(from.migrationId, UNDO_PART), ...target, partitionClaimed: false },
        },
      },
    ]);
    if (failed.length > 0) throw movedOn(from);
  },

  async claimPartition(migrationId, name) {
    const isClaimed = await records.update({
      TableName: table,
      Key: partKey(migrationId, UNDO_PART),
      ...updateOf({
        set: { partitionClaimed: true },
        condition: '#table = :table',
        names: { '#table': 'table' },
        values: { ':table': name },
      }),
    });
    if (!isClaimed) throw new Conflict(`the undo record of ${migrationId} names another table`);
  },

  async undoRecord(migrationId) {
    const found = await records.get(table, partKey(migrationId, UNDO_PART));
    return found && records.parse(UndoRecord, partLocation(table, migrationId, UNDO_PART), found);
  },
});
