import pLimit from 'p-limit';
import { mergeStates } from '../migration/journal/first-changes.ts';
import { FirstChange, type FirstChanges } from '../migration/journal/first-changes-port.ts';
import type { EntityKey, MigrationId } from '../migration/names.ts';
import type { Side } from '../migration/route/route.ts';
import { keyFields, keyFieldsSchema, keyIn } from './journal-buckets.ts';
import type { Records } from './records.ts';

/** Puts in flight. */
const MAX_PUT_TRIES = 8;

/** Part of the partition key by which first changes are told from journal entries. */
export const FIRST = 'first';

export const FirstChangeRecord = FirstChange.extend(keyFieldsSchema).transform(
  ({ entityKey, key, ...change }) => ({
    key: keyIn({ entityKey, key }),
    ...change,
  }),
);

interface FirstChangeRecords extends FirstChanges {
  /** Returns the partition keys of a migration's first changes on both sides, for the journal to clear. */
  clearedIds(migrationId: MigrationId): readonly string[];
}

/** Stores first changes in `migrationId#first#side#bucket` + `entityKey` of the journal table. */
export const firstChangesIn = (
  records: Records,
  table: string,
  buckets: number,
  bucketOf: (key: EntityKey) => number,
): FirstChangeRecords => {
  const idOf = (migrationId: MigrationId, side: Side, bucket: number) =>
    `${migrationId}#${FIRST}#${side}#${bucket}`;
  const idsOf = (migrationId: MigrationId, side: Side) =>
    Array.from({ length: buckets }, (_, bucket) => idOf(migrationId, side, bucket));
  const recordKey = (migrationId: MigrationId, side: Side, key: EntityKey) => ({
    id: idOf(migrationId, side, bucketOf(key)),
    entityKey: keyFields(key).entityKey,
  });
  const parseFirstChanges = (record: Record<string, unknown>): FirstChange => {
    return records.parse(FirstChangeRecord, { table, key: String(record.id) }, record);
  };
  const firstChangesOf: FirstChanges['firstChangesOf'] = async (migrationId, side, keys) => {
    const recordKeys = [...new Set(keys)].map((key) => recordKey(migrationId, side, key));
    return (await records.getMany(table, recordKeys)).map(parseFirstChanges);
  };
  return {
    firstChangesOf,

    clearedIds: (migrationId) => [...idsOf(migrationId, 'source'), ...idsOf(migrationId, 'target')],

    async saveFirstChanges(migrationId, side, changes) {
      // keys that change often have a record already, and a read costs a fraction of a refused write
      const keys = changes.map(({ key }) => key);
      const read = await firstChangesOf(migrationId, side, keys);
      const found = new Map(read.map((one) => [one.key, one]));
      await pLimit(MAX_PUT_TRIES).map(changes, async (change) => {
        const merged = found.get(change.key);
        const next = merged ? mergeStates(merged, change) : change;
        if (next === merged) return;
        const { key, ...fields } = next;
        await records.put({
          TableName: table,
          Item: { ...recordKey(migrationId, side, key), ...keyFields(key), ...fields },
          ConditionExpression: merged ? 'attribute_exists(id)' : 'attribute_not_exists(id)',
        });
      });
    },

    async *firstChanges(migrationId, side) {
      for (const id of idsOf(migrationId, side)) {
        const bucket = records.query({
          TableName: table,
          KeyConditionExpression: 'id = :id',
          ExpressionAttributeValues: { ':id': id },
          ConsistentRead: true,
        });
        for await (const record of bucket) yield parseFirstChanges(record);
      }
    },
  };
};
