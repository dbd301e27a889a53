import { type Body, recordIn, textIn } from '../call.ts';
import type { TableDesign } from './table-design.ts';
import { positionOf, type ReadPosition } from './throughput.ts';
import { keyText } from './units.ts';
import { itemFromWire } from './wire-item.ts';

/** Matches `name = :value`, and the first value that any comparison with a name contains. */
const EQUALITY = /([#\w.-]+)\s*=\s*(:\w+)/g;
const COMPARISON = /([#\w.-]+)\s*(?:>=?|<=?|=|\s+BETWEEN|,)\s*(:\w+)/gi;

/**
 * Returns the place of a query: the partition key's value in its table or global index, and the sort key at which it
 * begins. A page is charged to the partition in which it begins.
 * @returns undefined if the key condition names no partition key value.
 */
export const queriedPosition = (body: Body, design: TableDesign): ReadPosition | undefined => {
  const index = textIn(body, 'IndexName');
  const global = design.globalIndexes.find(({ name }) => name === index);
  const local = design.localIndexes.find(({ name }) => name === index);
  const { partitionKey, sortKey } = global ?? design;
  const condition = textIn(body, 'KeyConditionExpression') ?? '';
  const names = recordIn(body, 'ExpressionAttributeNames');
  const values = itemFromWire(body.ExpressionAttributeValues);
  const valueIn = (pattern: RegExp, attribute: string | undefined) => {
    for (const [, name = '', value = ''] of condition.matchAll(pattern)) {
      if ((textIn(names, name) ?? name) === attribute) return values[value];
    }
    return undefined;
  };
  const value = valueIn(EQUALITY, partitionKey);
  if (value === undefined) return undefined;
  const start = itemFromWire(body.ExclusiveStartKey);
  const first = sortKey === undefined ? undefined : (start[sortKey] ?? valueIn(COMPARISON, sortKey));
  return {
    design,
    index: global?.name,
    value: keyText(value),
    // partitions of an index do not split here, and the order of a local index differs from its table's
    position: global || local ? '' : positionOf(first),
  };
};
