import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { unknownNames } from './comment-names.ts';
import { readSources } from './imports.ts';

const MACHINES = new URL('../../state-machines/', import.meta.url);

test('comments mention no error, link and quoted name that the code does not have', () => {
  const machines = readdirSync(MACHINES).map((file) => readFileSync(new URL(file, MACHINES), 'utf8'));
  const sources = readSources('functions', 'infra', 'scripts', 'test');
  expect(unknownNames(sources, ...machines)).toEqual([]);
});

const unknownIn = (source: string) => unknownNames(new Map([['planted.ts', source]]));

test.each([
  ['an error', '/** @throws Gone */\nexport const a = 1;', 'Gone'],
  ['an error at the end of a line', '/** Does. @throws Gone if it has gone. */\nexport const a = 1;', 'Gone'],
  ['an error that is no class', '/** @throws Gone */\nexport interface Gone {}', 'Gone'],
  ['a second error', '/** @throws Here, GoneAway */\nexport class Here extends Error {}', 'GoneAway'],
  ['a link', '/** See {@link goneAway}. */\nexport const a = 1;', 'goneAway'],
  ['a name in backticks', '// at least `GONE_MS`\nexport const a = 1;', 'GONE_MS'],
])('%s that is gone is found', (_, source, name) => {
  expect(unknownIn(source)).toEqual([`planted.ts: ${name}`]);
});

test('names of the code, of a text in it, and errors of the language are known', () => {
  const source = `/**
 * Uses {@link other} and \`KEY\`.
 * @throws Here if it is there. Other Words
 * @throws TypeError
 */
export const a = (other: string) => other === 'KEY';
export class Here extends Error {}`;
  expect(unknownIn(source)).toEqual([]);
});

test('an error of a test is none of the code', () => {
  const sources = new Map([
    ['a.ts', '/** @throws Here */\nexport const a = 1;'],
    ['test/b.ts', 'export class Here extends Error {}'],
  ]);
  expect(unknownNames(sources)).toEqual(['a.ts: Here']);
});
