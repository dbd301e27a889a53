import { itemHash } from '../fingerprint.ts';
import type { Item } from '../items.ts';

/** What has to be done with a key so that `to` is as `from`. */
export type Decision =
  | { readonly kind: 'same' }
  | { readonly kind: 'put'; readonly item: Item }
  | { readonly kind: 'delete' };

/**
 * The source says what a key is, and a key that it does not have is deleted: so a deleted item can't come back (I2). An
 * item that has expired is applied like any other: DynamoDB keeps it for days, and the application may revive it.
 */
export const decide = (from: Item | undefined, to: Item | undefined): Decision => {
  if (isSameItem(from, to)) return { kind: 'same' };
  return from ? { kind: 'put', item: from } : { kind: 'delete' };
};

export const isSameItem = (a: Item | undefined, b: Item | undefined): boolean =>
  a === undefined || b === undefined ? a === b : Buffer.compare(itemHash(a), itemHash(b)) === 0;
