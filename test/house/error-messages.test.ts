import { expect, test } from 'vitest';
import { readSources } from './imports.ts';

/** A thrown message, up to the end of its text. */
const THROWN = /new [A-Z]\w*\(\s*`([^`]*)`/g;
/** A part of a message that contains a key, an item or a value itself, and not their number. */
const ITEM_DATA =
  /\$\{[^}]*\b(?:keys?|items?|entityKeys?|values?|marks?|stragglers?)\b(?!\.length|\.size|\w)[^}]*\}/;
/** Numbers that are named after what they count. */
const COUNTS = /\$\{(?:\w+\.)?(?:items|differing)\}/;

/** Calls that render a number, with the noun that it counts. */
const COUNTED = /\$\{(?:counted|stragglersText)\([^()]*\)\}/g;

const leaksIn = (source: string): string[] =>
  [...source.matchAll(THROWN)]
    .map(([, message = '']) => message.replaceAll(COUNTED, ''))
    .filter((message) => ITEM_DATA.test(message) && !COUNTS.test(message));

/** CloudWatch and the history of an execution keep what a Lambda throws, and keys of items are personal data. */
test('no error of the core or of an adapter contains the key or the value of an item', () => {
  const found = [...readSources('functions/migration', 'functions/aws')].flatMap(([file, source]) =>
    leaksIn(source).map((message) => `${file}: ${message}`),
  );
  expect(found).toEqual([]);
});

test.each([
  ['throw new ForeignWrite(`key @{key} was written`)', 1],
  ['throw new Conflict(\n  `these: @{differences.map((one) => one.key).join()}`)', 1],
  ["throw new Conflict(`@{counted(keys.length, 'key')} of @{table}, @{keys}`)", 1],
  ["throw new Conflict(`@{counted(keys, 'key')} of @{table}`)", 0],
  ['throw new Conflict(`@{keys.length} keys of @{table}`)', 0],
])('a planted message is found, with @ for $: %s', (source, leaks) => {
  expect(leaksIn(source.replaceAll('@{', `$\{`))).toHaveLength(leaks);
});
