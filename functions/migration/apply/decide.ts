import { itemHash } from '../fingerprint.ts';
import type { Item } from '../items.ts';

/** What has to be done with a key so that `to` is as `from`. */
export type Decision =
  | { readonly kind: 'same' }
  | { readonly kind: 'put'; readonly item: Item }
  | { readonly kind: 'delete' };

/**
 * The source says what a key is, and a key that it does not have is deleted: so a deleted item can't come back (I2).
 * @param isExpired whether an item counts as absent.
 */
export const decide = (
  from: Item | undefined,
  to: Item | undefined,
  isExpired: (item: Item) => boolean,
): Decision => {
  const there = from && !isExpired(from) ? from : undefined;
  const here = to && !isExpired(to) ? to : undefined;
  if (isSameItem(there, here)) return { kind: 'same' };
  return from ? { kind: 'put', item: from } : { kind: 'delete' };
};

export const isSameItem = (a: Item | undefined, b: Item | undefined): boolean =>
  a === undefined || b === undefined ? a === b : Buffer.compare(itemHash(a), itemHash(b)) === 0;
