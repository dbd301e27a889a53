/**
 * The attribute that Tierferry's sentinels have in addition to their keys: `tierferry: 'sentinel'`. No copied item has
 * it, because a copy has exactly the attributes of its original (I2). It is for filters that cannot call a function,
 * such as the event filter of a stream's consumer.
 */
export const SENTINEL_ATTRIBUTE = 'tierferry';

/** The value of `SENTINEL_ATTRIBUTE`. */
export const SENTINEL_VALUE = 'sentinel';

/** Part of every sentinel's sort key. It begins and ends with U+0000, so application keys do not contain it. */
export const SENTINEL_WORD = '\u0000tierferry\u0000';

/**
 * True if an item is a sentinel of Tierferry, which a migration puts and deletes, and not an item of the tenant.
 * Accepts a sort key, or any object with the sort key in `entityKey`: an item of the document client, an item in
 * DynamoDB's wire format, or the `Keys` or an image of a stream record.
 *
 * ```ts
 * const mine = Items.filter((item) => !isTierferrySentinel(item));
 * ```
 */
export const isTierferrySentinel = (keyOrItem: string | { readonly entityKey?: unknown }): boolean => {
  const key = typeof keyOrItem === 'string' ? keyOrItem : textOf(keyOrItem.entityKey);
  return key.includes(SENTINEL_WORD);
};

const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || !('S' in value)) return '';
  return typeof value.S === 'string' ? value.S : '';
};
