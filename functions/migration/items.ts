import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type EntityKey, entityKey } from './names.ts';

/**
 * An item as it travels on the wire. Values are never re-encoded: 38-digit numbers, binary, sets, empty strings and
 * lists arrive as they left.
 */
export type Item = Record<string, AttributeValue>;

/** The item's sort key. Every tier table has one; an item without it can't have come from there. */
export const keyOf = (item: Item): EntityKey => {
  const key = item.entityKey?.S;
  if (key === undefined) throw new TypeError('an item of a tier table has a string entityKey');
  return entityKey(key);
};

/** The order in which DynamoDB keeps string sort keys: by UTF-8 bytes, which differs from UTF-16 beyond the first plane. */
export const compareKeys = (a: EntityKey, b: EntityKey): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
