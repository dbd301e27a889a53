import { type Body, recordIn, textIn } from '../call.ts';
import type { TableDesign } from './table-design.ts';
import { type Place, positionOf } from './throughput.ts';
import { keyText } from './units.ts';
import { itemFromWire } from './wire-item.ts';

/** `name = :value`, and the first value that any other comparison with a name contains. */
const EQUALITY = /([#\w.-]+)\s*=\s*(:\w+)/g;
const COMPARISON = /([#\w.-]+)\s*(?:>=?|<=?|=|\s+BETWEEN|,)\s*(:\w+)/gi;

/**
 * Where a query reads: the partition key's value of its table or global index, and where it begins there. A page is charged
 * to the partition in which it begins.
 * @returns undefined if the key condition names no partition.
 */
export const queriedPlace = (body: Body, design: TableDesign): Place | undefined => {
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
    // partitions of an index are not divided, and a local index has another order than its table
    position: global || local ? '' : positionOf(first),
  };
};
