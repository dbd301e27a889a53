import type { MigrationId } from '../migration/names.ts';
import type { Migrations } from '../migration/record/migrations-port.ts';
import { META } from './meta.ts';
import { CLOSED, IS_OPEN, partKey } from './migration-parts.ts';
import type { Records } from './records.ts';
import { updateOf } from './update.ts';

/** Notes single facts in a migration's record, whatever else changes in it meanwhile. */
export const migrationNotesIn = (
  records: Records,
  table: string,
): Pick<
  Migrations,
  'noteLateCalls' | 'noteHeldReady' | 'noteStepFailure' | 'addWriteUnits' | 'addDiscardedItems' | 'noteStage'
> => ({
  async noteLateCalls(migrationId, outAt, what = 'items') {
    const field = what === 'items' ? 'lateCallsOutAt' : 'lateSentinelsOutAt';
    await records.update({
      TableName: table,
      Key: partKey(migrationId, META),
      ...updateOf({
        set: { [field]: outAt },
        condition: `${IS_OPEN} AND (attribute_not_exists(#${field}) OR #${field} < :outAt)`,
        names: { '#status': 'status' },
        values: { ...CLOSED, ':outAt': outAt },
      }),
    });
  },

  async noteHeldReady({ migrationId, attempt }, at) {
    await records.update({
      TableName: table,
      Key: partKey(migrationId, META),
      ...updateOf({
        set: { waitsForOperatorSince: at },
        condition:
          '#attempt = :attempt AND #cutoverHeld = :true AND attribute_not_exists(#waitsForOperatorSince)',
        names: { '#attempt': 'attempt', '#cutoverHeld': 'cutoverHeld' },
        values: { ':attempt': attempt, ':true': true },
      }),
    });
  },

  async noteStepFailure(migrationId, steps, failed) {
    const field = steps === 'forward' ? 'stepFailure' : 'rollbackStepFailure';
    await records.update({
      TableName: table,
      Key: partKey(migrationId, META),
      ...updateOf({
        set: { [field]: failed },
        condition: `${IS_OPEN} AND #attempt = :attempt AND (attribute_not_exists(#${field}) OR #${field}.#attempt < :attempt OR #${field}.#isRetried = :true)`,
        names: { '#status': 'status', '#attempt': 'attempt', '#isRetried': 'isRetried' },
        values: { ...CLOSED, ':attempt': failed.attempt, ':true': true },
      }),
    });
  },

  addWriteUnits: (migrationId, work, units, throttles = 0) =>
    addTo(records, table, migrationId, {
      [`${work}WriteUnits`]: units,
      [`${work}Throttles`]: throttles,
    }),

  addDiscardedItems: (migrationId, items) => addTo(records, table, migrationId, { discardedItems: items }),

  async noteStage(migrationId, stage, { startedAt, endedAt }) {
    await records.update({
      TableName: table,
      Key: partKey(migrationId, META),
      ...updateOf({
        once: startedAt === undefined ? {} : { [`stages.${stage}.startedAt`]: startedAt },
        set: endedAt === undefined ? {} : { [`stages.${stage}.endedAt`]: endedAt },
        condition: 'attribute_exists(migrationId)',
      }),
    });
  },
});

/** Adds to counters of a migration that is not closed. */
const addTo = async (
  records: Records,
  table: string,
  migrationId: MigrationId,
  counts: Readonly<Record<string, number>>,
): Promise<void> => {
  // a counter that nothing was added to stays absent
  const add = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  await records.update({
    TableName: table,
    Key: partKey(migrationId, META),
    ...updateOf({ add, condition: IS_OPEN, names: { '#status': 'status' }, values: CLOSED }),
  });
};
