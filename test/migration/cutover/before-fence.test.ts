import { expect, test } from 'vitest';
import { wasBeforeFence } from '../../../functions/migration/cutover/before-fence.ts';
import { entityKey } from '../../../functions/migration/names.ts';

const captured = (key: string, sequence: string) => ({ key: entityKey(key), sequence });
const entry = (key: string, sequence: string) => ({ ...captured(key, sequence), token: `${sequence}#1` });
/** Two segments, A to M and M to Z, each in a shard of its own, whose numbers cannot be compared. */
const SENTINELS = [captured('A', '500'), captured('M', '90000000000000000000010'), captured('Z', '500')];

test.each([
  ['a lower number than both neighbours', 'K', '499', true],
  ['a higher number than the sentinel before it', 'K', '501', false],
  ['a higher number than the sentinel after it', 'N', '90000000000000000000009', false],
  ['more digits, compared as a number and not as text', 'K', '1000', false],
  ['the number of the sentinel itself', 'K', '500', false],
  ['a key before the first sentinel', '0', '499', true],
  ['a key after the last sentinel', 'ZZ', '499', true],
  ['a word instead of a number', 'K', 'compared', false],
])('F16: a change with %s', (_, key, sequence, isBefore) => {
  expect(wasBeforeFence(entry(key, sequence), SENTINELS)).toBe(isBefore);
});

test('F16: without sentinels no change is known to be from before the fence', () => {
  expect(wasBeforeFence(entry('K', '1'), [])).toBe(false);
});
