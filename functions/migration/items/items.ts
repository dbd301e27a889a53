import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type EntityKey, entityKey } from '../names.ts';

/**
 * An item in wire format. Values are never re-encoded, so 38-digit numbers, binary, sets, empty strings and lists
 * arrive unchanged.
 */
export type Item = Record<string, AttributeValue>;

/** Returns the item's sort key. Every item of a tier table has one. */
export const keyOf = (item: Item): EntityKey => {
  const key = item.entityKey?.S;
  if (key === undefined) throw new TypeError('an item of a tier table has a string entityKey');
  return entityKey(key);
};

/**
 * Compares keys in DynamoDB's order of string sort keys: by UTF-8 bytes, which differs from UTF-16 beyond the first
 * plane.
 */
export const byKeyOrder = (a: EntityKey, b: EntityKey): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
