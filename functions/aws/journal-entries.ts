import * as z from 'zod';
import type { Journal, JournalEntry } from '../migration/journal/journal-port.ts';
import type { EntityKey, MigrationId } from '../migration/names.ts';
import type { Side } from '../migration/route/route.ts';
import {
  BUCKET_NUMBERS,
  BUCKETS,
  bucketOf,
  keyFields,
  keyFieldsSchema,
  keyIn,
  takePage,
} from './journal-buckets.ts';
import type { Records } from './records.ts';

export const JournalEntryRecord = z.object({
  ...keyFieldsSchema,
  /** `sequence#id`. Without the separator, a part of the sequence number would be taken for an earlier one. */
  token: z.string().includes('#'),
});

/** Returns the partition key of the entries of one side in a bucket. */
export const entriesId = (migrationId: MigrationId, side: Side, bucket: number): string =>
  `${migrationId}#${side}#${bucket}`;

const recordKey = (migrationId: MigrationId, side: Side, key: EntityKey) => ({
  id: entriesId(migrationId, side, bucketOf(key)),
  entityKey: keyFields(key).entityKey,
});

/** Reads all records of a bucket consistently. */
export const queryBucket = (records: Records, table: string, id: string, pageSize: number) =>
  records.query({
    TableName: table,
    KeyConditionExpression: 'id = :id',
    ExpressionAttributeValues: { ':id': id },
    ConsistentRead: true,
    Limit: pageSize,
  });

/** Stores journal entries in `migrationId#side#bucket` + `entityKey` of the journal table. */
export const journalEntriesIn = (
  records: Records,
  table: string,
  newId: () => string,
): Pick<Journal, 'addEntries' | 'entries' | 'journalledAmong' | 'remove'> => ({
  async addEntries(migrationId, side, changes) {
    await records.writeMany(
      table,
      changes.map(({ key, sequence }) => ({
        // The same change may be delivered again after a later one of the same key. With the same token it would
        // be taken for an entry that was applied already, and the later change would be removed with it (I2).
        put: { ...recordKey(migrationId, side, key), ...keyFields(key), token: `${sequence}#${newId()}` },
      })),
    );
  },

  async entries(migrationId, side, limit) {
    const found: JournalEntry[] = [];
    // a random start, so that with a limit below the number of buckets each is read in some call
    const first = bucketOf(newId());
    let unfinished = BUCKET_NUMBERS.map((n) =>
      queryBucket(
        records,
        table,
        entriesId(migrationId, side, (first + n) % BUCKETS),
        Math.max(1, Math.ceil(limit / BUCKETS)),
      ),
    );
    while (unfinished.length > 0 && found.length < limit) {
      const bucketPage = Math.ceil((limit - found.length) / unfinished.length);
      const taken = await Promise.all(unfinished.map((bucket) => takePage(bucket, bucketPage)));
      found.push(...taken.flat().map((record) => entryOf(records, table, record)));
      // a bucket that returned less than its share is empty
      unfinished = unfinished.filter((_, n) => taken[n]?.length === bucketPage);
    }
    return found.slice(0, limit);
  },

  async journalledAmong(migrationId, side, keys) {
    const different = [...new Set(keys)];
    const found = await records.getMany(
      table,
      different.map((key) => recordKey(migrationId, side, key)),
    );
    return new Set(found.map((record) => entryOf(records, table, record).key));
  },

  async remove(migrationId, side, entries) {
    await records.deleteManyIf(
      table,
      entries.map(({ key, token }) => ({ key: recordKey(migrationId, side, key), fields: { token } })),
    );
  },
});

/** Parses an entry. The error for a damaged one leaves out the sort key, which is the key of a tenant's item. */
const entryOf = (records: Records, table: string, record: Record<string, unknown>): JournalEntry => {
  const found = records.parse(JournalEntryRecord, { table, key: String(record.id) }, record);
  const { token } = found;
  return { key: keyIn(found), token, sequence: token.slice(0, token.lastIndexOf('#')) };
};
