import { describe, expect, test } from 'vitest';
import { isExpired, isExpiryOnOneSide, mayExpire } from '../../../functions/migration/items/expiry.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import { epochMs } from '../../../functions/migration/names.ts';
import { parseSettings } from '../../../functions/migration/settings/settings.ts';

const settings = parseSettings({});
const at = epochMs(Date.UTC(2026, 0, 1));
const seconds = at / 1_000;
const expiring = (value: Item[string]): Item => ({ entityKey: { S: 'k' }, expiresAt: value });

describe('an item expires', () => {
  test.each<[string, Item, boolean]>([
    ['at its time, in seconds', expiring({ N: String(seconds) }), true],
    ['not a second before', expiring({ N: String(seconds + 1) }), false],
    ['not by a string that looks like a time', expiring({ S: String(seconds) }), false],
    [
      'not if its time is more than five years ago: DynamoDB leaves it',
      expiring({ N: String(seconds - 6 * 365 * 86_400) }),
      false,
    ],
    ['not without a time', { entityKey: { S: 'k' } }, false],
  ])('%s', (_, item, expected) => {
    expect(isExpired(item, settings, at)).toBe(expected);
  });

  test('never if the catalogue has no attribute for it', () => {
    const { ttlAttribute: _, ...tableDesign } = settings.tableDesign;
    expect(isExpired(expiring({ N: '1' }), { tableDesign }, at)).toBe(false);
    expect(mayExpire(expiring({ N: String(seconds + 9) }), { tableDesign })).toBe(false);
    expect(mayExpire(expiring({ N: String(seconds + 9) }), settings)).toBe(true);
  });
});

describe('data F1: an expiry on one side', () => {
  const expired = expiring({ N: String(seconds - 1) });
  const live = expiring({ N: String(seconds + 1) });
  test.each<[string, Item | undefined, Item | undefined, boolean]>([
    ['is an expired item of the source that the target lacks', expired, undefined, true],
    ['is an expired item of the target that the source lacks', undefined, expired, true],
    ['is not an item that is missing before its time', live, undefined, false],
    ['is not an item without a time', { entityKey: { S: 'k' } }, undefined, false],
    ['is not a pair of expired items', expired, { ...expired, value: { S: 'another' } }, false],
    ['is not an expired item that was revived on one side', expired, live, false],
    ['is nothing if both sides have nothing', undefined, undefined, false],
  ])('%s', (_, source, target, expected) => {
    expect(isExpiryOnOneSide(source, target, settings, at)).toBe(expected);
  });
});
