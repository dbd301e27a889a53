import * as z from 'zod';
import type { Journal } from '../migration/journal/journal-port.ts';
import type { EntityKey, MigrationId } from '../migration/names.ts';
import { SIDES, type Side } from '../migration/route/route.ts';
import { BUCKET_NUMBERS, bucketOf, keyFields, keyFieldsSchema, keyIn, takePage } from './journal-buckets.ts';
import type { Records } from './records.ts';

/** Number of keys that are deleted at a time. */
const FORGOTTEN = 100;

/** Part of the partition key by which touched keys are told from journal entries. */
export const TOUCHED = 'touched';

export const TouchedKeyRecord = z.object({ ...keyFieldsSchema, round: z.number() });

/** Returns the partition key of the touched keys of one side in a bucket. */
export const touchedId = (migrationId: MigrationId, side: Side, bucket: number): string =>
  `${migrationId}#${side}#${TOUCHED}#${bucket}`;

interface TouchedKeys extends Pick<Journal, 'touched' | 'touchedAmong' | 'forgetTouched'> {
  /** Records keys as touched in this comparison round. */
  addTouched(migrationId: MigrationId, side: Side, keys: readonly EntityKey[], round: number): Promise<void>;
}

/** Stores touched keys in `migrationId#side#touched#bucket` + `entityKey` of the journal table. */
export const touchedKeysIn = (records: Records, table: string): TouchedKeys => {
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
  return {
    async addTouched(migrationId, side, keys, round) {
      await records.writeMany(
        table,
        keys.map((key) => ({
          put: { id: touchedId(migrationId, side, bucketOf(key)), ...keyFields(key), round },
        })),
      );
    },

    async touched(migrationId, side, fromRound, limit) {
      const bucketPage = async (bucket: number) =>
        takePage(queryTouched(touchedId(migrationId, side, bucket), '>=', fromRound), limit);
      const found = await Promise.all(BUCKET_NUMBERS.map(bucketPage));
      return found
        .flat()
        .slice(0, limit)
        .map((record) => keyIn(parseTouched(record)));
    },

    async touchedAmong(migrationId, side, keys) {
      const found = await records.getMany(
        table,
        [...new Set(keys)].map((key) => ({
          id: touchedId(migrationId, side, bucketOf(key)),
          entityKey: keyFields(key).entityKey,
        })),
      );
      return new Set(found.map((record) => keyIn(parseTouched(record))));
    },

    async forgetTouched(migrationId, beforeRound) {
      const forget = async (id: string) => {
        const outdated = queryTouched(id, '<', beforeRound);
        for (;;) {
          const batch = (await takePage(outdated, FORGOTTEN)).map(parseTouched);
          await records.deleteManyIf(
            table,
            // keeps a key that was touched again since
            batch.map(({ entityKey, round }) => ({ key: { id, entityKey }, fields: { round } })),
          );
          if (batch.length < FORGOTTEN) return;
        }
      };
      await Promise.all(
        SIDES.flatMap((side) => BUCKET_NUMBERS.map((bucket) => forget(touchedId(migrationId, side, bucket)))),
      );
    },
  };
};
