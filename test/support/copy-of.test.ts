import { expect, test } from 'vitest';
import { copyOf } from './copy-of.ts';

test('a copy is equal, and shares nothing with its original', () => {
  const original = {
    text: 'a',
    missing: undefined,
    nothing: null,
    list: [{ n: 1 }, { n: 2 }],
    bytes: new Uint8Array([1, 2]),
    map: new Map([['a', { n: 3 }]]),
  };
  const copy = copyOf(original);
  expect(copy).toStrictEqual(structuredClone(original));
  copy.list.push({ n: 4 });
  for (const one of copy.list) one.n = 9;
  copy.bytes.fill(9);
  for (const one of copy.map.values()) one.n = 9;
  expect(original.list).toEqual([{ n: 1 }, { n: 2 }]);
  expect(original.bytes).toEqual(new Uint8Array([1, 2]));
  expect(original.map).toEqual(new Map([['a', { n: 3 }]]));
});

test('a field with the name of the prototype is copied, too', () => {
  const original: unknown = JSON.parse('{ "__proto__": { "S": "a" } }');
  expect(Object.entries(copyOf(original) ?? {})).toEqual([['__proto__', { S: 'a' }]]);
});

test('a value that cannot be stored is refused', () => {
  expect(() => copyOf({ run: () => 1 })).toThrow(DOMException);
  expect(() => copyOf({ name: Symbol('a') })).toThrow(DOMException);
});
