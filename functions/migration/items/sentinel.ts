import {
  isTierferrySentinel,
  SENTINEL_ATTRIBUTE,
  SENTINEL_VALUE,
  SENTINEL_WORD as WORD,
} from '../../router/sentinel.ts';
import { SORT_KEY_BYTES } from '../limits.ts';
import { type EntityKey, entityKey, type TenantId } from '../names.ts';
import type { KeyRange, Segment } from '../segment.ts';
import { type Item, keyOf } from './items.ts';

/** Sorts after every application key. */
const LAST = '\u{10FFFF}';

/**
 * Returns the key of a sentinel: an item whose change passes through the stream after every earlier change of its
 * shard. A partition that has split lies in several shards, so each segment has a sentinel right behind the segment's
 * beginning. One more sentinel is behind all keys.
 * @param after the end of the previous segment; absent for the first segment.
 * @param nonce identifies the try, so that sentinels of an earlier try prove nothing.
 */
export const sentinelKey = (after: EntityKey | undefined, nonce: string): EntityKey =>
  entityKey(`${beginning(after)}${nonce}`);

export const lastSentinelKey = (nonce: string): EntityKey => entityKey(`${LAST}${WORD}${nonce}`);

/**
 * Returns the keys of the segments' sentinels. Two segments whose beginnings share the first thousand bytes share a
 * sentinel, because keys are limited in length.
 */
export const sentinelKeys = (segments: readonly Pick<Segment, 'range'>[], nonce: string): EntityKey[] => [
  ...new Set([...segments.map(({ range }) => sentinelKey(range.after, nonce)), lastSentinelKey(nonce)]),
];

/**
 * Returns the keys of further sentinels, each right behind a hot key. A hot key at which a segment ends has that
 * boundary's sentinel already, and a batch must not contain a key twice.
 * @param placed keys of the segments' sentinels with the same nonce.
 */
export const hotSentinelKeys = (
  hotKeys: readonly EntityKey[],
  nonce: string,
  placed: readonly EntityKey[],
): EntityKey[] => {
  const others = new Set(placed);
  const keys = new Set(hotKeys.map((key) => sentinelKey(key, nonce)));
  return [...keys].filter((key) => !others.has(key));
};

/**
 * Returns the range of all sentinels of a segment, whatever their nonce; without a segment, of those behind all keys.
 */
export const sentinelRange = (segment?: Pick<Segment, 'range'>): KeyRange => {
  const begins = segment ? beginning(segment.range.after) : `${LAST}${WORD}`;
  return { after: entityKey(begins), through: entityKey(`${begins}${LAST}`) };
};

/** Maximum length of a nonce, in bytes of UTF-8: a UUID, or words and a number. */
const NONCE_BYTES = 48;

const beginning = (after: EntityKey | undefined): string =>
  `${shortened(after ?? '', SORT_KEY_BYTES - WORD.length - NONCE_BYTES)}${WORD}`;

/**
 * True if this is a sentinel's key. Sentinels do not belong to the tenant: no pass copies, counts or compares them.
 */
export const isSentinel = (key: EntityKey): boolean => isTierferrySentinel(key);

export const sentinelItem = (tenantId: TenantId, key: EntityKey): Item => ({
  tenantId: { S: tenantId },
  entityKey: { S: key },
  [SENTINEL_ATTRIBUTE]: { S: SENTINEL_VALUE },
});

/**
 * True if an item is a sentinel by both its key and its attribute. Only such an item is deleted as a sentinel: an
 * application's item whose key contains the word is kept (I2).
 */
export const isSentinelItem = (item: Item): boolean =>
  isSentinel(keyOf(item)) && item[SENTINEL_ATTRIBUTE]?.S === SENTINEL_VALUE;

const shortened = (text: string, bytes: number): string => {
  if (Buffer.byteLength(text) <= bytes) return text;
  let length = text.length;
  while (Buffer.byteLength(text.slice(0, length)) > bytes) length -= 1;
  // a half of a surrogate pair is not a character
  return text.slice(0, length).toWellFormed() === text.slice(0, length)
    ? text.slice(0, length)
    : text.slice(0, length - 1);
};
