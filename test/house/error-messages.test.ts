import { expect, test } from 'vitest';
import { readSources } from './imports.ts';

/** A message that is thrown, up to the end of its text. */
const THROWN = /new [A-Z]\w*\(\s*`([^`]*)`/g;
/** A part of a message that names a key, an item or a value itself, and not how many there are. */
const ITEM_DATA =
  /\$\{[^}]*\b(?:keys?|items?|entityKeys?|values?|marks?|stragglers?)\b(?!\.length|\.size|\w)[^}]*\}/;
/** Numbers that are named after what they count. */
const COUNTS = /\$\{(?:\w+\.)?(?:items|differing)\}/;

const leaksIn = (source: string): string[] =>
  [...source.matchAll(THROWN)]
    .map(([, message = '']) => message)
    .filter((message) => ITEM_DATA.test(message) && !COUNTS.test(message));

/** What a Lambda throws stays in CloudWatch and in the history of its execution: keys of items are personal data. */
test('no error of the core or of an adapter has the key or the value of an item in its message', () => {
  const found = [...readSources('functions/migration', 'functions/aws')].flatMap(([file, source]) =>
    leaksIn(source).map((message) => `${file}: ${message}`),
  );
  expect(found).toEqual([]);
});

test.each([
  ['throw new ForeignWrite(`key @{key} was written`)', 1],
  ['throw new Conflict(\n  `these: @{differences.map((one) => one.key).join()}`)', 1],
  ['throw new Conflict(`@{keys.length} keys of @{table}`)', 0],
])('a planted message is told, with @ for $: %s', (source, leaks) => {
  expect(leaksIn(source.replaceAll('@{', `$\{`))).toHaveLength(leaks);
});
