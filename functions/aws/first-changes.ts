import pLimit from 'p-limit';
import * as z from 'zod';
import { withMoreStates } from '../migration/capture/first-changes.ts';
import type { EntityKey, MigrationId } from '../migration/names.ts';
import type { FirstChange, Journal } from '../migration/ports.ts';
import { named } from './parsing.ts';
import type { Records } from './records.ts';

/** Records that are put side by side. */
const PUTS = 8;

const FirstChangeRecord = z.object({
  entityKey: named.text<EntityKey>(),
  states: z.array(z.string()),
  expires: z.number().optional(),
  isAroundFlip: z.literal(true).optional(),
});

interface FirstChanges extends Pick<Journal, 'saveFirstChanges' | 'firstChanges'> {
  /** Partition keys of a migration's first changes: what the journal clears. */
  clearedIds(migrationId: MigrationId): readonly string[];
}

/** `migrationId#first#bucket` + `entityKey` of the journal table. */
export const firstChangesIn = (
  records: Records,
  table: string,
  buckets: number,
  bucketOf: (key: EntityKey) => number,
): FirstChanges => {
  const idOf = (migrationId: MigrationId, bucket: number) => `${migrationId}#first#${bucket}`;
  const clearedIds = (migrationId: MigrationId) =>
    Array.from({ length: buckets }, (_, bucket) => idOf(migrationId, bucket));
  const parse = (record: Record<string, unknown>): FirstChange => {
    const place = { table, key: String(record.id) };
    const { entityKey: key, ...change } = records.parse(FirstChangeRecord, place, record);
    return { key, ...change };
  };
  return {
    clearedIds,

    async saveFirstChanges(migrationId, changes) {
      const keyOf = ({ key }: FirstChange) => ({ id: idOf(migrationId, bucketOf(key)), entityKey: key });
      // most keys that change often have theirs already: a read costs a fraction of a refused write
      const read = (await records.getMany(table, changes.map(keyOf))).map(parse);
      const found = new Map(read.map((one) => [one.key, one]));
      await pLimit(PUTS).map(changes, async (change) => {
        const earlier = found.get(change.key);
        const next = earlier ? withMoreStates(earlier, change) : change;
        if (next === earlier) return;
        const { key: _, ...fields } = next;
        await records.put({
          TableName: table,
          Item: { ...keyOf(change), ...fields },
          ConditionExpression: earlier ? 'attribute_exists(id)' : 'attribute_not_exists(id)',
        });
      });
    },

    async *firstChanges(migrationId) {
      for (const id of clearedIds(migrationId)) {
        const bucket = records.query({
          TableName: table,
          KeyConditionExpression: 'id = :id',
          ExpressionAttributeValues: { ':id': id },
          ConsistentRead: true,
        });
        for await (const record of bucket) yield parse(record);
      }
    },
  };
};
