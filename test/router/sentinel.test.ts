import { expect, test } from 'vitest';
import { lastSentinelKey, sentinelItem, sentinelKey } from '../../functions/migration/items/sentinel.ts';
import { entityKey } from '../../functions/migration/names.ts';
import {
  isTierferrySentinel,
  SENTINEL_ATTRIBUTE,
  SENTINEL_VALUE,
} from '../../functions/router/tenant-router.ts';
import { newTenantId } from '../support/records.ts';

const key = sentinelKey(entityKey('SCHOOL#1'), 'nonce');

test.each([
  ['its key', key],
  ['the key of the one behind all items', lastSentinelKey('nonce')],
  ['an item of the document client', { tenantId: 'abc', entityKey: key }],
  ["an item in DynamoDB's form, and the keys of a stream record", { entityKey: { S: key } }],
  ['what a migration puts', sentinelItem(newTenantId(), key)],
])('a sentinel is recognised by %s', (_, given) => {
  expect(isTierferrySentinel(given)).toBe(true);
});

test.each([
  ['an item of the application', { tenantId: 'abc', entityKey: 'SCHOOL#1' }],
  ["one in DynamoDB's form", { entityKey: { S: 'SCHOOL#1' } }],
  ['one with an attribute of that name', { entityKey: 'SCHOOL#1', [SENTINEL_ATTRIBUTE]: SENTINEL_VALUE }],
  ['one whose key is not a string', { entityKey: { N: '1' } }],
  ['one without a key', {}],
  ['a key', 'tierferry'],
])('%s is not a sentinel', (_, given) => {
  expect(isTierferrySentinel(given)).toBe(false);
});

test('a migration puts sentinels with an attribute that a filter can name', () => {
  const tenantId = newTenantId();
  expect(sentinelItem(tenantId, key)).toEqual({
    tenantId: { S: tenantId },
    entityKey: { S: key },
    tierferry: { S: 'sentinel' },
  });
});
