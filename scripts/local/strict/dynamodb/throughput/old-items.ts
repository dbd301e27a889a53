import { canonicalItem } from '../../../../../functions/migration/items/canonical-item.ts';
import type { Item } from '../../../../../functions/migration/items/items.ts';
import { BATCH_GET_KEYS } from '../../../../../functions/migration/limits.ts';
import { type Body, bodyOf, isDone, recordIn, recordsIn, type Send } from '../call.ts';
import type { TableDesign } from './table-design.ts';
import { keyOf } from './throughput.ts';
import { itemFromWire } from './wire-item.ts';

/**
 * Reads the items that a call is about to replace from the engine, since a write's units depend on them.
 * @param keys keys in the form of JSON requests.
 * @returns a function that returns the item under a key.
 */
export const oldItems = async (
  design: TableDesign,
  keys: readonly Body[],
  send: Send,
): Promise<(key: Item) => Item | undefined> => {
  const found = new Map<string, Item>();
  // a call may name a key twice, which the engine refuses later
  const distinct = new Map(keys.map((key) => [canonicalItem(itemFromWire(key)), key] as const));
  let left: Body[] = [...distinct.values()];
  while (left.length > 0) {
    const request = { [design.table]: { Keys: left.slice(0, BATCH_GET_KEYS), ConsistentRead: true } };
    const answer = await send({ operation: 'BatchGetItem', body: { RequestItems: request } });
    // e.g. a key has the wrong type; the engine refuses the write as well
    if (!isDone(answer)) break;
    const { Responses, UnprocessedKeys } = bodyOf(answer);
    for (const wire of recordsIn(recordIn({ Responses }, 'Responses'), design.table)) {
      const item = itemFromWire(wire);
      found.set(canonicalItem(keyOf(design, item)), item);
    }
    const unprocessed = recordIn(recordIn({ UnprocessedKeys }, 'UnprocessedKeys'), design.table);
    left = [...recordsIn(unprocessed, 'Keys'), ...left.slice(BATCH_GET_KEYS)];
  }
  return (key) => found.get(canonicalItem(key));
};

/** Returns the key of an item in the form of JSON requests. */
export const wireKey = ({ partitionKey, sortKey }: TableDesign, item: Body): Body => ({
  [partitionKey]: item[partitionKey],
  ...(sortKey === undefined ? {} : { [sortKey]: item[sortKey] }),
});
