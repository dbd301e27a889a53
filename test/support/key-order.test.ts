import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byKeyOrder } from '../../functions/migration/items/items.ts';
import { entityKey } from '../../functions/migration/names.ts';
import { inKeyOrder } from './key-order.ts';

test('any two keys are in the order of DynamoDB', () => {
  const keys = fc
    .array(
      fc.constantFrom('A', 'b', '#', '0', '\u00e9', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    .map((characters) => entityKey(characters.join('')));
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      expect(Math.sign(inKeyOrder(a, b))).toBe(Math.sign(byKeyOrder(a, b)));
    }),
  );
});
