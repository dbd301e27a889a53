import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from './items.ts';

/**
 * Returns a text that is the same for two items if and only if DynamoDB treats them as equal. Numbers are normalised
 * (`1.10`, `11e-1` and `1.1` are the same number), sets are sorted, and the attributes of a map are sorted by name.
 * Each part starts with its length, so that no two different values share a text.
 */
export const canonicalItem = (item: Item): string => canonicalMap(item);

const canonicalMap = (attributes: Record<string, AttributeValue>): string => {
  const names = Object.keys(attributes).sort();
  let text = `M${names.length}:`;
  for (const name of names) {
    const value = attributes[name];
    if (value) text += `${name.length}:${name}${canonicalValue(value)}`;
  }
  return text;
};

const canonicalValue = (value: AttributeValue): string => {
  if (value.S !== undefined) return `S${value.S.length}:${value.S}`;
  if (value.N !== undefined) return `N${canonicalNumber(value.N)};`;
  if (value.BOOL !== undefined) return value.BOOL ? 'T' : 'F';
  if (value.NULL !== undefined) return '0';
  if (value.M !== undefined) return canonicalMap(value.M);
  if (value.L !== undefined) return `L${value.L.length}:${value.L.map(canonicalValue).join('')}`;
  if (value.B !== undefined) return `B${base64(value.B)};`;
  if (value.SS !== undefined)
    return canonicalSet(
      's',
      value.SS.map((one) => `${one.length}:${one}`),
    );
  if (value.NS !== undefined)
    return canonicalSet(
      'n',
      value.NS.map((one) => `${canonicalNumber(one)};`),
    );
  if (value.BS !== undefined)
    return canonicalSet(
      'b',
      value.BS.map((one) => `${base64(one)};`),
    );
  throw new TypeError('an attribute has an unknown type; the item cannot be compared');
};

const canonicalSet = (tag: string, elements: string[]): string =>
  `${tag}${elements.length}:${elements.sort().join('')}`;

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** Most numbers are short integers, which are already normalised. */
const PLAIN = /^-?[1-9]\d{0,14}$/;
const NUMBER = /^([-+]?)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/;

/**
 * Normalises a number: all significant digits as an integer, and a power of ten. `-12.50` is `-125e-1`; zero has one
 * form.
 */
const canonicalNumber = (number: string): string => {
  if (PLAIN.test(number) && !number.endsWith('0')) return `${number}e0`;
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(number) ?? [];
  if (sign === undefined)
    throw new TypeError('a number attribute is not a number; the item cannot be compared');
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign === '-' ? '-' : ''}${significant}e${power}`;
};
