import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalItem } from '../../../functions/migration/items/canonical-item.ts';
import { ChecksumBuilder, itemHash } from '../../../functions/migration/items/checksum.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import { arbitraryItems, arbitraryValue } from '../../support/arbitrary-items.ts';

const of = (value: AttributeValue) => canonicalItem({ v: value });

describe('the canonical item', () => {
  test.each([
    [['1', '1.0', '01', '+1', '1e0', '10e-1', '0.1e1', '1.']],
    [['0', '-0', '0.000', '0e10', '-0.0e-5', '']],
    [['-12.50', '-12.5', '-125e-1', '-0.0125E3', '-012.5000']],
    [['100', '1e2', '1E+2', '1000e-1']],
    [['99999999999999999999999999999999999999', '9.9999999999999999999999999999999999999e37']],
  ])('%j are one number', (numbers) => {
    expect(new Set(numbers.map((N) => of({ N })))).toHaveProperty('size', 1);
    expect(new Set(numbers.map((N) => of({ NS: [N] })))).toHaveProperty('size', 1);
  });

  test('numbers that differ in the 38th digit differ', () => {
    expect(of({ N: '12345678901234567890123456789012345678' })).not.toBe(
      of({ N: '12345678901234567890123456789012345679' }),
    );
  });

  test('a value that is not a number is refused', () => {
    expect(() => of({ N: 'NaN' })).toThrow(TypeError);
    expect(() => of({ N: '1,5' })).toThrow(TypeError);
  });

  test.each<[string, AttributeValue, AttributeValue]>([
    ['SS', { SS: ['a', 'b', '😀'] }, { SS: ['😀', 'b', 'a'] }],
    ['NS', { NS: ['1', '2.0', '3'] }, { NS: ['3', '1', '2'] }],
    [
      'BS',
      { BS: [new Uint8Array([1]), new Uint8Array([2])] },
      { BS: [new Uint8Array([2]), new Uint8Array([1])] },
    ],
    ['M', { M: { a: { S: '1' }, b: { S: '2' } } }, { M: { b: { S: '2' }, a: { S: '1' } } }],
  ])('%s has no order', (_, a, b) => {
    expect(of(a)).toBe(of(b));
  });

  test('values that look alike differ', () => {
    const values: AttributeValue[] = [
      { S: '1' },
      { N: '1' },
      { B: Buffer.from('1') },
      { SS: ['1'] },
      { NS: ['1'] },
      { BS: [Buffer.from('1')] },
      { L: [{ S: '1' }] },
      { M: { '1': { S: '1' } } },
      { BOOL: true },
      { BOOL: false },
      { NULL: true },
      { S: '' },
      { L: [] },
      { M: {} },
      { L: [{ L: [] }] },
      { L: [{ S: 'a' }, { S: 'b' }] },
      { L: [{ S: 'b' }, { S: 'a' }] },
      { L: [{ S: 'a1:b' }] },
      { SS: ['a', 'b'] },
      { SS: ['a1:b'] },
      { SS: ['ab'] },
    ];
    expect(new Set(values.map(of)).size).toBe(values.length);
  });

  test('any two values have the same canonical form only if they are equal', () => {
    fc.assert(
      fc.property(arbitraryValue, arbitraryValue, (a, b) => {
        expect(of(a) === of(b)).toBe(of(structuredClone(a)) === of(b));
        expect(of(structuredClone(a))).toBe(of(a));
        expect(of({ L: [a, b] }) === of({ L: [b, a] })).toBe(of(a) === of(b));
      }),
    );
  });
});

describe('the checksum', () => {
  const checksum = (items: readonly Item[]) => {
    const builder = new ChecksumBuilder();
    for (const item of items) builder.add(item);
    return builder.value();
  };

  test('is the sum of the hashes modulo 2^256, in any order', () => {
    fc.assert(
      fc.property(arbitraryItems('t', { maxLength: 20 }), fc.nat(), (items, at) => {
        const expected =
          items.reduce((sum, item) => sum + BigInt(`0x${Buffer.from(itemHash(item)).toString('hex')}`), 0n) %
          2n ** 256n;
        const turned = [...items.slice(at % (items.length + 1)), ...items.slice(0, at % (items.length + 1))];
        expect(checksum(turned)).toEqual(checksum(items));
        expect(BigInt(`0x${checksum(items).checksum}`)).toBe(expected);
      }),
    );
  });

  test('of two ranges together is that of all their items', () => {
    fc.assert(
      fc.property(arbitraryItems('t', { maxLength: 10 }), fc.nat(), (items, at) => {
        const cut = at % (items.length + 1);
        const builder = new ChecksumBuilder();
        builder.merge(checksum(items.slice(0, cut)));
        builder.merge(checksum(items.slice(cut)));
        expect(builder.value()).toEqual(checksum(items));
      }),
    );
  });

  test('changes with any change of an item', () => {
    fc.assert(
      fc.property(arbitraryItems('t', { minLength: 1, maxLength: 5 }), arbitraryValue, (items, value) => {
        const [first = {}, ...rest] = items;
        const changed = [{ ...first, 'a new attribute': value }, ...rest];
        expect(checksum(changed).checksum).not.toBe(checksum(items).checksum);
        expect(checksum([...items, ...items]).checksum).not.toBe(checksum(items).checksum);
      }),
    );
  });
});
