import { canonicalItem } from '../../../../../functions/migration/canonical-item.ts';
import type { Item } from '../../../../../functions/migration/items.ts';
import { BATCH_GET_KEYS } from '../../../../../functions/migration/limits.ts';
import { type Body, bodyOf, isDone, recordIn, recordsIn, type Send } from '../call.ts';
import type { TableDesign } from './table-design.ts';
import { keyOf } from './throughput.ts';
import { itemFromWire } from './wire-item.ts';

/**
 * Reads the items that a call is about to replace from the engine: a write's units depend on them.
 * @param keys as JSON carries them.
 * @returns a function from a key to its item.
 */
export const oldItems = async (
  design: TableDesign,
  keys: readonly Body[],
  send: Send,
): Promise<(key: Item) => Item | undefined> => {
  const found = new Map<string, Item>();
  // a call may name a key twice, which the engine refuses later and in its own words
  const distinct = new Map(keys.map((key) => [canonicalItem(itemFromWire(key)), key] as const));
  let left: Body[] = [...distinct.values()];
  while (left.length > 0) {
    const request = { [design.table]: { Keys: left.slice(0, BATCH_GET_KEYS), ConsistentRead: true } };
    const answer = await send({ operation: 'BatchGetItem', body: { RequestItems: request } });
    // e.g. a key of the wrong type: the engine refuses the write as well
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

/** The key of an item as JSON carries it. */
export const wireKey = ({ partitionKey, sortKey }: TableDesign, item: Body): Body => ({
  [partitionKey]: item[partitionKey],
  ...(sortKey === undefined ? {} : { [sortKey]: item[sortKey] }),
});
