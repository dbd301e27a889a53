/**
 * The attribute that Tierferry's sentinels have beside their keys: `tierferry: 'sentinel'`. No copy has it (I2: a copy
 * has the attributes of its original and no other). For filters that cannot call a function, such as the event filter of
 * a stream's consumer.
 */
export const SENTINEL_ATTRIBUTE = 'tierferry';

/** Value of `SENTINEL_ATTRIBUTE`. */
export const SENTINEL_VALUE = 'sentinel';

/** In the sort key of every sentinel; no application's key contains it: it begins and ends with the lowest character. */
export const SENTINEL_WORD = '\u0000tierferry\u0000';

/**
 * True if an item is a sentinel of Tierferry: not the tenant's, put and deleted by a migration. Takes the sort key, or
 * whatever has it in `entityKey`: an item of the document client, an item in DynamoDB's own form, or the `Keys` or an
 * image of a stream record.
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
