import {
  isTierferrySentinel,
  SENTINEL_ATTRIBUTE,
  SENTINEL_VALUE,
  SENTINEL_WORD as WORD,
} from '../../router/sentinel.ts';
import { SORT_KEY_BYTES } from '../limits.ts';
import type { EntityKey, TenantId } from '../names.ts';
import type { KeyRange, Segment } from '../segment.ts';
import type { Item } from './items.ts';
import { DEFAULT_LAYOUT, type KeyLayout } from './key-layout.ts';

/** Sorts after every application key. */
const LAST = '\u{10FFFF}';

/**
 * Returns the key of a sentinel: an item whose change passes through the stream after every earlier change of its
 * shard. A partition that has split lies in several shards, so each segment has a sentinel right behind the segment's
 * beginning. One more sentinel is behind all keys of each of the tenant's partitions.
 * @param after the end of the previous segment; absent for the first segment.
 * @param nonce identifies the try, so that sentinels of an earlier try prove nothing.
 * @param layout the keys of the tier tables.
 */
export const sentinelKey = (
  after: EntityKey | undefined,
  nonce: string,
  layout: KeyLayout = DEFAULT_LAYOUT,
): EntityKey => {
  const { partition, sort } = beginning(after, layout);
  return layout.keyAt(partition, `${sort}${nonce}`);
};

/** Returns the key of a sentinel behind all keys of the tenant. */
export const lastSentinelKey = (nonce: string, layout: KeyLayout = DEFAULT_LAYOUT): EntityKey =>
  layout.keyAt(layout.partitions - 1, `${LAST}${WORD}${nonce}`);

/**
 * Returns the keys of sentinels behind all keys of each of the tenant's partitions. Partitions lie in different shards, so
 * each needs a proof of its own.
 */
export const lastSentinelKeys = (nonce: string, layout: KeyLayout): readonly EntityKey[] =>
  layout.everywhere(lastSentinelKey(nonce, layout));

/**
 * Returns the keys of the segments' sentinels. Two segments whose beginnings share the first thousand bytes share a
 * sentinel, because keys are limited in length.
 */
export const sentinelKeys = (
  segments: readonly Pick<Segment, 'range'>[],
  nonce: string,
  layout: KeyLayout = DEFAULT_LAYOUT,
): EntityKey[] => [
  ...new Set([
    ...segments.map(({ range }) => sentinelKey(range.after, nonce, layout)),
    ...lastSentinelKeys(nonce, layout),
  ]),
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
  layout: KeyLayout = DEFAULT_LAYOUT,
): EntityKey[] => {
  const others = new Set(placed);
  const keys = new Set(hotKeys.map((key) => sentinelKey(key, nonce, layout)));
  return [...keys].filter((key) => !others.has(key));
};

/** Returns the range of all sentinels at the beginning of a segment, whatever their nonce. */
export const sentinelRange = (after: EntityKey | undefined, layout: KeyLayout): KeyRange => {
  const { partition, sort } = beginning(after, layout);
  return { after: layout.keyAt(partition, sort), through: layout.keyAt(partition, `${sort}${LAST}`) };
};

/** Returns the range of all sentinels behind the other keys of each partition, in the order of the partitions. */
export const lastSentinelRanges = (layout: KeyLayout): readonly KeyRange[] => {
  const begins = lastSentinelKey('', layout);
  const ends = layout.everywhere(lastSentinelKey(LAST, layout));
  return layout.everywhere(begins).map((after, n) => ({ after, through: ends[n] }));
};

/** Maximum length of a nonce, in bytes of UTF-8: a UUID, or words and a number. */
const NONCE_BYTES = 48;

const beginning = (after: EntityKey | undefined, layout: KeyLayout): ReturnType<KeyLayout['placeOf']> => {
  const { partition, sort } = after === undefined ? { partition: 0, sort: '' } : layout.placeOf(after);
  return {
    partition,
    sort: `${shortened(sort, SORT_KEY_BYTES - WORD.length - NONCE_BYTES)}${WORD}`,
  };
};

/**
 * True if this is a sentinel's key. Sentinels do not belong to the tenant: no pass copies, counts or compares them.
 */
export const isSentinel = (key: EntityKey): boolean => isTierferrySentinel(key);

export const sentinelItem = (
  tenantId: TenantId,
  key: EntityKey,
  layout: KeyLayout = DEFAULT_LAYOUT,
): Item => ({
  ...layout.wireKey(tenantId, key),
  [SENTINEL_ATTRIBUTE]: { S: SENTINEL_VALUE },
});

/**
 * True if an item is a sentinel by both its key and its attribute. Only such an item is deleted as a sentinel: an
 * application's item whose key contains the word is kept (I2).
 */
export const isSentinelItem = (item: Item, layout: KeyLayout = DEFAULT_LAYOUT): boolean =>
  isSentinel(layout.keyOf(item)) && item[SENTINEL_ATTRIBUTE]?.S === SENTINEL_VALUE;

const shortened = (text: string, bytes: number): string => {
  if (Buffer.byteLength(text) <= bytes) return text;
  let length = text.length;
  while (Buffer.byteLength(text.slice(0, length)) > bytes) length -= 1;
  // a half of a surrogate pair is not a character
  return text.slice(0, length).toWellFormed() === text.slice(0, length)
    ? text.slice(0, length)
    : text.slice(0, length - 1);
};
