import { describe, expect, test } from 'vitest';
import { DEFAULT_KEYS, TenantNames } from '../../../functions/router/client/tenant-names.ts';

const noTenant = () => undefined;
const seeds = new TenantNames(DEFAULT_KEYS, noTenant);
const own = new TenantNames(
  {
    partitionKey: 'PK',
    sortKey: 'SK',
    template: ['TENANT#{tenant}#{0..15}', 'TENANT#{tenant}'],
    indexes: { byEmail: { partitionKey: 'GSI1PK', template: 'EMAIL#{tenant}#{rest}' } },
  },
  () => 'current',
);

const query = (KeyConditionExpression: string, more: object = {}) => ({
  KeyConditionExpression,
  ExpressionAttributeNames: { '#t': 'tenantId', '#s': 'entityKey', '#dot.ted': 'tenantId' },
  ExpressionAttributeValues: { ':t': 'cedar-valley', ':s': { S: 'SCHOOL#1' }, ':w': { S: 'big-district' } },
  ...more,
});

describe('the tenant of a query', () => {
  test.each([
    ['tenantId = :t', 'cedar-valley'],
    ['tenantId=:w', 'big-district'],
    ['(tenantId = :t) AND begins_with(entityKey, :s)', 'cedar-valley'],
    ['#s = :s AND #t = :t', 'cedar-valley'],
    ['entityKey BETWEEN :s AND :s and #t = :w', 'big-district'],
    ['#t\n=\n:t', 'cedar-valley'],
  ])('%s', (expression, tenant) => {
    expect(seeds.ofQuery('Query', query(expression))).toBe(tenant);
  });

  test('by the older key conditions', () => {
    const KeyConditions = { tenantId: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'abc' }] } };
    expect(seeds.ofQuery('Query', { KeyConditions })).toBe('abc');
  });

  test('by the key of an index, and by the context if the index has no tenant in its key', () => {
    const byEmail = {
      IndexName: 'byEmail',
      KeyConditionExpression: 'GSI1PK = :e',
      ExpressionAttributeValues: { ':e': 'EMAIL#cedar-valley#a@b.c' },
    };
    expect(own.ofQuery('Query', byEmail)).toBe('cedar-valley');
    expect(own.ofQuery('Query', { ...byEmail, IndexName: 'byName' })).toBe('current');
  });

  test('is refused if neither the condition nor the context names one', () => {
    const byType = query('entityType = :s', { IndexName: 'byType' });
    expect(() => seeds.ofQuery('Query', byType)).toThrow(
      /^Query: the request names no tenant: it gives no value of tenantId, .* Nothing was sent\. Add a condition/,
    );
  });
});

describe('the tenant of a key or an item', () => {
  test('in either format', () => {
    expect(seeds.ofItem('GetItem', { tenantId: 'abc', entityKey: 'x' })).toBe('abc');
    expect(seeds.ofItem('PutItem', { tenantId: { S: 'abc' }, entityKey: { S: 'x' } })).toBe('abc');
    expect(own.ofItem('PutItem', { PK: 'TENANT#abc#7' })).toBe('abc');
    expect(own.ofItem('PutItem', { PK: 'TENANT#abc' })).toBe('abc');
  });

  test('of an item that belongs to no tenant is not the current one: it would not move with the tenant', () => {
    expect(() => own.ofItem('PutItem', { PK: 'CONFIG' })).toThrow(
      expect.objectContaining({ reason: 'key-of-no-tenant', operation: 'PutItem' }),
    );
    expect(() => own.ofItem('PutItem', { PK: { N: '5' } })).toThrow(/belongs to no tenant/);
  });

  test('never appears in an error', () => {
    const secret = 'SECRET#value';
    let message = '';
    try {
      own.ofItem('PutItem', { PK: secret, SK: secret });
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/PK/);
    expect(message).not.toContain('SECRET');
  });
});

test('an empty context is none', () => {
  const names = new TenantNames(DEFAULT_KEYS, () => '');
  expect(names.current()).toBeUndefined();
  expect(() => names.ofContext('SearchVectors')).toThrow(expect.objectContaining({ reason: 'no-tenant' }));
});
