import { hash } from 'node:crypto';
import { SORT_KEY_BYTES } from '../migration/limits.ts';
import type { EntityKey } from '../migration/names.ts';
import { named } from '../migration/record-fields.ts';

/** Number of partitions for the journal entries of one side: one partition takes 1,000 writes per second. */
export const BUCKETS = 8;
export const BUCKET_NUMBERS: readonly number[] = Array.from({ length: BUCKETS }, (_, n) => n);

/** Begins the sort key of a record that stands for a longer key. Entity keys that may be too long begin with a digit. */
const LONG_KEY = '~';

/**
 * Returns the fields of a record about a key. An entity key of a tenant with several partitions may be longer than a sort
 * key may be. Then the record's sort key is a hash, and `key` is the whole key.
 */
export const keyFields = (key: EntityKey): { readonly entityKey: string; readonly key?: EntityKey } =>
  Buffer.byteLength(key) <= SORT_KEY_BYTES
    ? { entityKey: key }
    : { entityKey: `${LONG_KEY}${hash('sha256', key)}`, key };

/** Fields of a record about a key, for its schema. */
export const keyFieldsSchema = {
  entityKey: named.text<EntityKey>(),
  key: named.text<EntityKey>().optional(),
};

/** Returns the key that a record is about. */
export const keyIn = ({
  entityKey,
  key,
}: {
  readonly entityKey: EntityKey;
  readonly key?: EntityKey | undefined;
}): EntityKey => key ?? entityKey;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Returns the bucket of a key: FNV-1a of its UTF-8, with the halves folded, since the last bits alone depend little on the
 * key.
 */
export const bucketOf = (key: string): number => {
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return ((hash >>> 16) ^ (hash & 0xffff)) % BUCKETS;
};

/** Takes the next items of an iterator, which can be continued afterwards. */
export const takePage = async <T>(from: AsyncIterator<T>, items: number): Promise<T[]> => {
  const taken: T[] = [];
  while (taken.length < items) {
    const next = await from.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
};
