import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from './items.ts';

/**
 * Returns the bytes of an item as DynamoDB counts them for its 400 KB limit and its capacity units: attribute names and
 * values. A list or map takes 3 bytes, and 1 more per element. [DynamoDB item sizes and formats]
 */
export const itemSize = (item: Item): number => attributesSize(item);

const attributesSize = (attributes: Record<string, AttributeValue>): number => {
  let bytes = 0;
  for (const name in attributes) {
    const value = attributes[name];
    if (value) bytes += Buffer.byteLength(name) + valueSize(value);
  }
  return bytes;
};

const valueSize = (value: AttributeValue): number => {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.SS !== undefined) return sum(value.SS, (element) => Buffer.byteLength(element));
  if (value.NS !== undefined) return sum(value.NS, numberSize);
  if (value.BS !== undefined) return sum(value.BS, (element) => element.byteLength);
  if (value.L !== undefined) return 3 + value.L.length + sum(value.L, valueSize);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + attributesSize(value.M);
  return 1;
};

const sum = <T>(elements: readonly T[], sizeOf: (element: T) => number): number =>
  elements.reduce((bytes, element) => bytes + sizeOf(element), 0);

/**
 * About a byte per two significant digits, plus one, plus one more if negative. Leading and trailing zeros are free.
 */
const numberSize = (number: string): number => {
  const [mantissa = ''] = number.split(/[eE]/);
  const digits = mantissa.replace(/[-+.]/g, '').replace(/^0+|0+$/g, '').length;
  return Math.ceil(digits / 2) + 1 + (number.startsWith('-') && digits > 0 ? 1 : 0);
};
