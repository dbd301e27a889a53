import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../items/items.ts';
import { PARTITION_KEY_BYTES, SORT_KEY_BYTES } from '../limits.ts';
import type { UnmovableKind } from '../segment.ts';
import type { KeyAttribute, TableDesign } from '../settings/settings.ts';

/** A key attribute of one or more indexes. */
export interface IndexedAttribute extends KeyAttribute {
  readonly maxBytes: number;
  readonly indexes: readonly string[];
}

/** Returns the key attributes of a design's indexes, each once: DynamoDB defines an attribute once per table. */
export const indexedAttributes = ({ indexes }: TableDesign): IndexedAttribute[] => {
  const found = new Map<string, IndexedAttribute>();
  const add = (index: string, { name, type }: KeyAttribute, maxBytes: number) => {
    const known = found.get(name);
    found.set(name, {
      name,
      type,
      maxBytes: Math.min(maxBytes, known?.maxBytes ?? maxBytes),
      indexes: [...(known?.indexes ?? []), index],
    });
  };
  for (const { name, partitionKey, sortKey } of indexes) {
    add(name, partitionKey, PARTITION_KEY_BYTES);
    if (sortKey) add(name, sortKey, SORT_KEY_BYTES);
  }
  return [...found.values()];
};

/**
 * Returns why a table with this index key rejects the item; undefined if it does not. An item without the attribute is
 * not in the index. An item that was put before the index was added stays in the table, but not in the index. [API
 * reference, PutItem: attributes of an index's key have the type of its definition, and are not empty]
 */
export const indexKeyProblem = (
  item: Item,
  { name, type, maxBytes }: IndexedAttribute,
): UnmovableKind | undefined => {
  const value: AttributeValue | undefined = Object.hasOwn(item, name) ? item[name] : undefined;
  if (value === undefined) return undefined;
  if (value[type] === undefined) return 'index-key-type';
  const bytes = bytesOf(value);
  if (bytes === 0) return 'index-key-empty';
  return bytes > maxBytes ? 'index-key-long' : undefined;
};

/** Returns a value's length in bytes; 1 for a number, which is neither empty nor too long. */
const bytesOf = ({ S, B }: AttributeValue): number =>
  S !== undefined ? Buffer.byteLength(S) : B !== undefined ? B.byteLength : 1;
