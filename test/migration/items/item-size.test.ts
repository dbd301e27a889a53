import { expect, test } from 'vitest';
import { itemSize } from '../../../functions/migration/items/item-size.ts';

// [DynamoDB item sizes and formats]
test.each([
  ['text counts its UTF-8 bytes', { n: { S: 'aé😀' } }, 1 + 7],
  ['a name counts its UTF-8 bytes', { é: { S: '' } }, 2],
  ['a number counts half its digits and one', { n: { N: '1234' } }, 1 + 3],
  ['a negative number counts one more', { n: { N: '-1234' } }, 1 + 4],
  ['zeros at the ends count nothing', { n: { N: '0012.3400' } }, 1 + 3],
  ['an exponent counts nothing', { n: { N: '12e10' } }, 1 + 2],
  ['zero counts one', { n: { N: '-0' } }, 1 + 1],
  ['binary counts its bytes', { n: { B: new Uint8Array(5) } }, 1 + 5],
  ['true, false and null count one', { n: { BOOL: true }, m: { NULL: true } }, 2 + 2],
  [
    'a set counts its elements',
    { n: { SS: ['ab', 'c'] }, m: { NS: ['1', '22'] }, o: { BS: [new Uint8Array(3)] } },
    3 + 3 + 4 + 3,
  ],
  ['a list counts 3 and 1 an element', { n: { L: [{ S: 'ab' }, { L: [] }] } }, 1 + 3 + 2 + 2 + 3],
  ['a map counts 3 and 1 an entry', { n: { M: { ab: { S: 'c' } } } }, 1 + 3 + 1 + 3],
])('%s', (_, item, bytes) => {
  expect(itemSize(item)).toBe(bytes);
});
