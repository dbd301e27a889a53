import { itemHash } from '../items/checksum.ts';
import type { Item } from '../items/items.ts';

/** The change that makes `to` equal to `from` under one key. */
export type KeyDecision =
  | { readonly kind: 'same' }
  | { readonly kind: 'put'; readonly item: Item }
  | { readonly kind: 'delete' };

/**
 * Decides by the live side alone: a key without an item there is deleted, so a deleted item cannot come back (I2). An
 * item that has expired is applied like any other, since DynamoDB keeps it for days and the application may revive it.
 */
export const decide = (from: Item | undefined, to: Item | undefined): KeyDecision => {
  if (isSameItem(from, to)) return { kind: 'same' };
  return from ? { kind: 'put', item: from } : { kind: 'delete' };
};

export const isSameItem = (a: Item | undefined, b: Item | undefined): boolean =>
  a === undefined || b === undefined ? a === b : Buffer.compare(itemHash(a), itemHash(b)) === 0;
