import * as z from 'zod';
import type { JournalEntry } from '../migration/journal/journal-port.ts';
import type { EntityKey, MigrationId } from '../migration/names.ts';
import type { Ports } from '../migration/ports.ts';
import { SIDES, type Side } from '../migration/route/route.ts';
import { firstChangesIn } from './first-changes.ts';
import { named } from './parsing.ts';
import type { Records } from './records.ts';

/** Number of partitions for the journal entries of one side: one partition takes 1,000 writes per second. */
export const BUCKETS = 8;
/** Number of entries that are deleted at a time. */
const CLEARED = 100;

const BUCKET_NUMBERS: readonly number[] = Array.from({ length: BUCKETS }, (_, n) => n);

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export const JournalEntryRecord = z.object({
  entityKey: named.text<EntityKey>(),
  /** `sequence#id`. Without the separator, a part of the sequence number would be taken for an earlier one. */
  token: z.string().includes('#'),
});

const TouchedKeyRecord = z.object({ entityKey: named.text<EntityKey>(), round: z.number() });

/**
 * Returns the bucket of a key: FNV-1a of its UTF-8, with the halves folded, since the last bits alone depend little on the
 * key.
 */
export const bucketOf = (key: string): number => {
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return ((hash >>> 16) ^ (hash & 0xffff)) % BUCKETS;
};

/**
 * Stores journal entries in `migrationId#side#bucket` + `entityKey`, and touched keys in `migrationId#side#touched#bucket`
 * + `entityKey`.
 */
export const journalIn = (records: Records, table: string, newId: () => string): Ports['journal'] => {
  const idOf = (migrationId: MigrationId, side: Side, bucket: number) => `${migrationId}#${side}#${bucket}`;
  const recordKey = (migrationId: MigrationId, side: Side, key: EntityKey) => ({
    id: idOf(migrationId, side, bucketOf(key)),
    entityKey: key,
  });
  const query = (id: string, pageSize: number) =>
    records.query({
      TableName: table,
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: { ':id': id },
      ConsistentRead: true,
      Limit: pageSize,
    });
  const touchedId = (migrationId: MigrationId, side: Side, bucket: number) =>
    `${migrationId}#${side}#touched#${bucket}`;
  const remove = (migrationId: MigrationId, side: Side, entries: readonly JournalEntry[]) =>
    records.deleteManyIf(
      table,
      entries.map(({ key, token }) => ({ key: recordKey(migrationId, side, key), fields: { token } })),
    );
  /** Queries the touched keys of one bucket by a condition on their round. */
  const queryTouched = (id: string, condition: '<' | '>=', round: number) =>
    records.query({
      TableName: table,
      KeyConditionExpression: 'id = :id',
      FilterExpression: `#round ${condition} :round`,
      ExpressionAttributeNames: { '#round': 'round' },
      ExpressionAttributeValues: { ':id': id, ':round': round },
      ConsistentRead: true,
    });
  const parseTouched = (record: Record<string, unknown>) =>
    records.parse(TouchedKeyRecord, { table, key: String(record.id) }, record);
  const { clearedIds, ...firstChanges } = firstChangesIn(records, table, BUCKETS, bucketOf);

  return {
    ...firstChanges,

    async addEntries(migrationId, side, changes) {
      await records.writeMany(
        table,
        changes.map(({ key, sequence }) => ({
          // The same change may be delivered again after a later one of the same key. With the same token it would
          // be taken for an entry that was applied already, and the later change would be removed with it (I2).
          put: { ...recordKey(migrationId, side, key), token: `${sequence}#${newId()}` },
        })),
      );
    },

    async entries(migrationId, side, limit) {
      const found: JournalEntry[] = [];
      // a random start, so that with a limit below the number of buckets each is read in some call
      const first = bucketOf(newId());
      let unfinished = BUCKET_NUMBERS.map((n) =>
        query(idOf(migrationId, side, (first + n) % BUCKETS), Math.max(1, Math.ceil(limit / BUCKETS))),
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

    remove,

    async removeAsTouched(migrationId, side, entries, round) {
      await records.writeMany(
        table,
        entries.map(({ key }) => ({
          put: { id: touchedId(migrationId, side, bucketOf(key)), entityKey: key, round },
        })),
      );
      await remove(migrationId, side, entries);
    },

    async touched(migrationId, side, fromRound, limit) {
      const bucketPage = async (bucket: number) =>
        takePage(queryTouched(touchedId(migrationId, side, bucket), '>=', fromRound), limit);
      const found = await Promise.all(BUCKET_NUMBERS.map(bucketPage));
      return found
        .flat()
        .slice(0, limit)
        .map((record) => parseTouched(record).entityKey);
    },

    async touchedAmong(migrationId, side, keys) {
      const found = await records.getMany(
        table,
        [...new Set(keys)].map((key) => ({
          id: touchedId(migrationId, side, bucketOf(key)),
          entityKey: key,
        })),
      );
      return new Set(found.map((record) => parseTouched(record).entityKey));
    },

    async forgetTouched(migrationId, beforeRound) {
      const forget = async (id: string) => {
        const outdated = queryTouched(id, '<', beforeRound);
        for (;;) {
          const batch = (await takePage(outdated, CLEARED)).map(parseTouched);
          await records.deleteManyIf(
            table,
            // keeps a key that was touched again since
            batch.map(({ entityKey, round }) => ({ key: { id, entityKey }, fields: { round } })),
          );
          if (batch.length < CLEARED) return;
        }
      };
      await Promise.all(
        SIDES.flatMap((side) => BUCKET_NUMBERS.map((bucket) => forget(touchedId(migrationId, side, bucket)))),
      );
    },

    async clear(migrationId) {
      const clearBucket = async (id: string) => {
        const bucket = query(id, CLEARED);
        for (;;) {
          const batch = await takePage(bucket, CLEARED);
          await records.writeMany(
            table,
            batch.map(({ entityKey }) => ({ delete: { id, entityKey: String(entityKey) } })),
          );
          if (batch.length < CLEARED) return;
        }
      };
      await Promise.all(clearedIds(migrationId).map(clearBucket));
      await Promise.all(
        [idOf, touchedId].flatMap((id) =>
          SIDES.flatMap((side) => BUCKET_NUMBERS.map((bucket) => clearBucket(id(migrationId, side, bucket)))),
        ),
      );
    },
  };
};

/** Parses an entry. The error for a damaged one leaves out the sort key, which is the key of a tenant's item. */
const entryOf = (records: Records, table: string, record: Record<string, unknown>): JournalEntry => {
  const { entityKey: key, token } = records.parse(
    JournalEntryRecord,
    { table, key: String(record.id) },
    record,
  );
  return { key, token, sequence: token.slice(0, token.lastIndexOf('#')) };
};

/** Takes the next items of an iterator, which can be continued afterwards. */
const takePage = async <T>(from: AsyncIterator<T>, items: number): Promise<T[]> => {
  const taken: T[] = [];
  while (taken.length < items) {
    const next = await from.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
};
