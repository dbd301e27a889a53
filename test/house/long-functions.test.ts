import { expect, test } from 'vitest';
import { readSources } from './imports.ts';
import { longFunctions, MAX_LINES } from './long-functions.ts';

/** A body of this many lines, with its braces. */
const bodyOf = (lines: number): string => `{\n${'  work();\n'.repeat(lines - 2)}}`;

test('no function is longer than 80 lines', () => {
  const sources = readSources('functions', 'infra', 'scripts', 'state-machines');
  expect(sources.size).toBeGreaterThan(0);
  expect([...sources].flatMap(([file, source]) => longFunctions(file, source))).toEqual([]);
});

test.each([
  ['a declaration', (body: string) => `export function run() ${body}`],
  ['an arrow function', (body: string) => `export const run = async () => ${body};`],
  [
    'an arrow function without braces',
    (body: string) => `export const run = () => (${body.replaceAll('work();', 'work,')});`,
  ],
  ['a method', (body: string) => `class Runner { run(): void ${body} }`],
  ['a function within another', (body: string) => `const all = () => ({ run() ${body} });`],
])('%s that is longer is found', (_, sourceOf) => {
  const placed = longFunctions('planted.ts', sourceOf(bodyOf(MAX_LINES + 1)));
  expect(placed).toContain(`planted.ts:1: ${MAX_LINES + 1} lines`);
  expect(longFunctions('planted.ts', sourceOf(bodyOf(MAX_LINES)))).toEqual([]);
});

test('a declaration without a body is skipped', () => {
  expect(longFunctions('planted.ts', 'declare function run(): void;')).toEqual([]);
});
