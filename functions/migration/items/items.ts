import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { EntityKey } from '../names.ts';
import { DEFAULT_LAYOUT } from './key-layout.ts';

/**
 * An item in wire format. Values are never re-encoded, so 38-digit numbers, binary, sets, empty strings and lists
 * arrive unchanged.
 */
export type Item = Record<string, AttributeValue>;

/** Returns the entity key of an item of a table with the default keys. Migrations use `KeyLayout.keyOf`. */
export const keyOf = (item: Item): EntityKey => DEFAULT_LAYOUT.keyOf(item);

/**
 * Compares keys in DynamoDB's order of string sort keys: by UTF-8 bytes, which differs from UTF-16 beyond the first
 * plane.
 */
export const byKeyOrder = (a: EntityKey, b: EntityKey): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
