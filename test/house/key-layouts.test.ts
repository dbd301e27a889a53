import { expect, test } from 'vitest';
import { readSources } from './imports.ts';
import { callsWithoutLayout } from './key-layouts.ts';

test('no code of a migration relies on the default keys of the tables', () => {
  const sources = [...readSources('functions/migration', 'functions/aws')];
  expect(sources.length).toBeGreaterThan(200);
  expect(sources.flatMap(([file, source]) => callsWithoutLayout(file, source))).toEqual([]);
});

test('a call without the layout, and an import of what knows the default keys, are found', () => {
  const source = `
import { keyOf } from 'items';
const a = lastSentinelKey(nonce);
const b = lastSentinelKey(nonce, layout);
const c = items.filter((item) => isSentinelItem(item));
`;
  expect(callsWithoutLayout('x.ts', source)).toEqual([
    'x.ts:2: keyOf of items with the default keys',
    'x.ts:3: lastSentinelKey without the layout of the keys',
    'x.ts:5: isSentinelItem without the layout of the keys',
  ]);
});
