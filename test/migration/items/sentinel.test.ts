import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byKeyOrder } from '../../../functions/migration/items/items.ts';
import {
  hotSentinelKeys,
  isSentinel,
  lastSentinelKey,
  sentinelKey,
  sentinelKeys,
} from '../../../functions/migration/items/sentinel.ts';
import { SORT_KEY_BYTES } from '../../../functions/migration/limits.ts';
import { entityKey } from '../../../functions/migration/names.ts';

const nonce = '0b0e7a52-9c1d-4a59-8f2e-6f2b6f1f7c11';

test("a segment's sentinel comes right after its beginning, before every following key of an application", () => {
  const key = sentinelKey(entityKey('SCHOOL#1'), nonce);
  expect(isSentinel(key)).toBe(true);
  expect(byKeyOrder(entityKey('SCHOOL#1'), key)).toBeLessThan(0);
  for (const next of ['SCHOOL#1#COURSE#2', 'SCHOOL#1 ', 'SCHOOL#10', 'SCHOOL#2'])
    expect(byKeyOrder(key, entityKey(next))).toBeLessThan(0);
  expect(byKeyOrder(sentinelKey(undefined, nonce), entityKey('A'))).toBeLessThan(0);
  expect(byKeyOrder(lastSentinelKey(nonce), entityKey('～zzz😀'))).toBeGreaterThan(0);
});

test('a sentinel fits into a sort key after any key, and is distinct from any key of an application', () => {
  const anyKey = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 900 })
    .filter((key) => Buffer.byteLength(key) <= SORT_KEY_BYTES);
  fc.assert(
    fc.property(anyKey, (text) => {
      const key = sentinelKey(entityKey(text), nonce);
      expect(Buffer.byteLength(key)).toBeLessThanOrEqual(SORT_KEY_BYTES);
      expect(key.isWellFormed()).toBe(true);
      expect(isSentinel(key)).toBe(true);
      expect(isSentinel(entityKey(text))).toBe(text.includes('\u0000tierferry\u0000'));
    }),
  );
});

test('no two sentinels of a try have the same key, whatever keys are hot', () => {
  const keys = fc.array(
    fc.constantFrom('A', 'B', 'C', 'D'.repeat(1_100), `${'D'.repeat(1_100)}E`).map(entityKey),
  );
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom('A', 'B', 'C').map(entityKey)), keys, (ends, hot) => {
      const segments = [{ range: {} }, ...ends.map((after) => ({ range: { after } }))];
      const placed = sentinelKeys(segments, nonce);
      const further = hotSentinelKeys(hot, nonce, placed);
      const all = new Set([...placed, ...further]);
      expect(all.size).toBe(placed.length + further.length);
      for (const key of hot) expect(all).toContain(sentinelKey(key, nonce));
    }),
  );
});
