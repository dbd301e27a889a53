import { expect, test } from 'vitest';
import { conditionalSpreads } from './conditional-spreads.ts';
import { readSources } from './imports.ts';

/**
 * Folders under the rule. In headers and in the console's OpenAPI document, an undefined value is not the same as an absent one; the
 * page has states of forms to merge.
 */
const FOLDERS = [
  ...[
    'functions/migration',
    'functions/aws',
    'functions/handlers',
    'functions/router',
    'functions/documents',
  ],
  ...['functions/console/lambda', 'functions/console/api/access', 'functions/console/api/endpoints'],
];

test('no field is added by a conditional spread, except in an update', () => {
  const sources = readSources(...FOLDERS);
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
