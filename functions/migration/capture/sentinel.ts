import {
  isTierferrySentinel,
  SENTINEL_ATTRIBUTE,
  SENTINEL_VALUE,
  SENTINEL_WORD as WORD,
} from '../../router/sentinel.ts';
import { type Item, keyOf } from '../items.ts';
import { SORT_KEY_BYTES } from '../limits.ts';
import { type EntityKey, entityKey, type TenantId } from '../names.ts';
import type { KeyRange, Segment } from '../segment.ts';

/** Sorts after every key of an application. */
const LAST = '\u{10FFFF}';

/**
 * The key of an item of ours that is put and deleted at once, so that its change comes through the stream behind every
 * change that was made before it to the same shard. A collection that has split lies in several shards, so each segment
 * has one, right behind the segment's beginning; one more is behind all keys.
 * @param after the end of the segment before; absent for the first segment.
 * @param nonce tells one try from another, so that an earlier try's change proves nothing.
 */
export const sentinelKey = (after: EntityKey | undefined, nonce: string): EntityKey =>
  entityKey(`${beginning(after)}${nonce}`);

export const lastSentinelKey = (nonce: string): EntityKey => entityKey(`${LAST}${WORD}${nonce}`);

/** Two segments that begin with the same thousand bytes share one: a key has no room for more. */
export const sentinelKeys = (segments: readonly Pick<Segment, 'range'>[], nonce: string): EntityKey[] => [
  ...new Set([...segments.map(({ range }) => sentinelKey(range.after, nonce)), lastSentinelKey(nonce)]),
];

/** Where every sentinel of a segment lies, whatever its nonce; without an argument, those behind all keys. */
export const sentinelRange = (segment?: Pick<Segment, 'range'>): KeyRange => {
  const begins = segment ? beginning(segment.range.after) : `${LAST}${WORD}`;
  return { after: entityKey(begins), through: entityKey(`${begins}${LAST}`) };
};

/** A nonce's longest, in bytes of UTF-8: of a UUID, and of words and a number. */
const NONCE_BYTES = 48;

const beginning = (after: EntityKey | undefined): string =>
  `${shortened(after ?? '', SORT_KEY_BYTES - WORD.length - NONCE_BYTES)}${WORD}`;

/** Sentinels are not the tenant's: no pass copies, counts or compares them. */
export const isSentinel = (key: EntityKey): boolean => isTierferrySentinel(key);

export const sentinelItem = (tenantId: TenantId, key: EntityKey): Item => ({
  tenantId: { S: tenantId },
  entityKey: { S: key },
  [SENTINEL_ATTRIBUTE]: { S: SENTINEL_VALUE },
});

/**
 * True if an item is a sentinel by its key and its attribute. An item is deleted as a sentinel only if it is: one of the
 * application's whose key contains the word stays (I2).
 */
export const isSentinelItem = (item: Item): boolean =>
  isSentinel(keyOf(item)) && item[SENTINEL_ATTRIBUTE]?.S === SENTINEL_VALUE;

const shortened = (text: string, bytes: number): string => {
  if (Buffer.byteLength(text) <= bytes) return text;
  let length = text.length;
  while (Buffer.byteLength(text.slice(0, length)) > bytes) length -= 1;
  // half of a surrogate pair is no character
  return text.slice(0, length).toWellFormed() === text.slice(0, length)
    ? text.slice(0, length)
    : text.slice(0, length - 1);
};
