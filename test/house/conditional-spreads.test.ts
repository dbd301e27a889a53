import { expect, test } from 'vitest';
import { conditionalSpreads } from './conditional-spreads.ts';
import { readSources } from './imports.ts';

test('core and adapters add no field by a conditional spread, except in an update', () => {
  const sources = readSources('functions/migration', 'functions/aws');
  expect(sources.size).toBeGreaterThan(0);
  expect([...sources].flatMap(([file, source]) => conditionalSpreads(file, source))).toEqual([]);
});

test.each([
  ['by a choice', 'const a = { ...(b ? { b } : {}) };'],
  ['by an and', 'const a = { ...(b && { b }) };'],
  ['within another object', 'const a = () => ({ c: { ...(b === undefined ? {} : { b }) } });'],
  ['in an argument of another function', 'save({ ...(b ? { b } : {}) });'],
  ['behind an update', 'const a = { ...updateOf({ set: {} }), ...(b ? { b } : {}) };'],
])('a spread %s is found', (_, source) => {
  expect(conditionalSpreads('planted.ts', source)).toEqual(['planted.ts:1']);
});

test.each([
  ['an update', 'const a = { ...updateOf({ set: { ...(b ? { b } : {}) } }) };'],
  ['a whole object', 'const a = { ...b, ...b?.c, ...(b ?? c) };'],
  ['a list', 'const a = [...(b ? [b] : [])];'],
])('%s is allowed', (_, source) => {
  expect(conditionalSpreads('planted.ts', source)).toEqual([]);
});
