import { expect, test } from 'vitest';
import { counted } from '../../functions/migration/counted.ts';

test.each([
  { n: 0, text: '0 keys' },
  { n: 1, text: '1 key' },
  { n: 2, text: '2 keys' },
  { n: 34_567, text: '34,567 keys' },
])('$n is counted as $text', ({ n, text }) => {
  expect(counted(n, 'key')).toBe(text);
});

test('an irregular plural, or a verb, is given with both forms', () => {
  expect(counted(1, 'entry was', 'entries were')).toBe('1 entry was');
  expect(counted(3, 'entry was', 'entries were')).toBe('3 entries were');
});
