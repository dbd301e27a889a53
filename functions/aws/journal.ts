import type { Ports } from '../migration/ports.ts';
import { SIDES } from '../migration/route/route.ts';
import { firstChangesIn } from './first-changes.ts';
import { BUCKET_NUMBERS, BUCKETS, bucketOf, takePage } from './journal-buckets.ts';
import { entriesId, journalEntriesIn, queryBucket } from './journal-entries.ts';
import type { Records } from './records.ts';
import { touchedId, touchedKeysIn } from './touched-keys.ts';

/** Number of records that are deleted at a time. */
const DELETE_BATCH = 100;

/** Stores the journal: entries, touched keys, and first changes. */
export const journalIn = (records: Records, table: string, newId: () => string): Ports['journal'] => {
  const entries = journalEntriesIn(records, table, newId);
  const { addTouched, ...touchedKeys } = touchedKeysIn(records, table);
  const { clearedIds, ...firstChanges } = firstChangesIn(records, table, BUCKETS, bucketOf);
  return {
    ...firstChanges,
    ...entries,
    ...touchedKeys,

    async removeAsTouched(migrationId, side, removed, round) {
      const keys = removed.map(({ key }) => key);
      await addTouched(migrationId, side, keys, round);
      await entries.remove(migrationId, side, removed);
    },

    async clear(migrationId) {
      const clearBucket = async (id: string) => {
        const bucket = queryBucket(records, table, id, DELETE_BATCH);
        for (;;) {
          const batch = await takePage(bucket, DELETE_BATCH);
          await records.writeMany(
            table,
            batch.map(({ entityKey }) => ({ delete: { id, entityKey: String(entityKey) } })),
          );
          if (batch.length < DELETE_BATCH) return;
        }
      };
      await Promise.all(clearedIds(migrationId).map(clearBucket));
      await Promise.all(
        [entriesId, touchedId].flatMap((id) =>
          SIDES.flatMap((side) => BUCKET_NUMBERS.map((bucket) => clearBucket(id(migrationId, side, bucket)))),
        ),
      );
    },
  };
};
