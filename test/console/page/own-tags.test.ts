import { expect, test } from 'vitest';
import { currentTag, noteOwnChange } from '../../../functions/console/page/parts/own-tags.ts';

test('a view that is behind quotes the tag of the latest change of its own', () => {
  noteOwnChange('"a"', '"b"');
  noteOwnChange('"b"', '"c"');
  expect([currentTag('"a"'), currentTag('"b"'), currentTag('"c"')]).toEqual(['"c"', '"c"', '"c"']);
});

test('the tag after the change of another operator is quoted as it is', () => {
  noteOwnChange('"d"', '"e"');
  expect(currentTag('"another"')).toBe('"another"');
});

test('a tag that comes again leads in no circle', () => {
  noteOwnChange('"f"', '"g"');
  noteOwnChange('"g"', '"f"');
  noteOwnChange('"f"', '"f"');
  expect([currentTag('"f"'), currentTag('"g"')]).toEqual(['"f"', '"f"']);
});
