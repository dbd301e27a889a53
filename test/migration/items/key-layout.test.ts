import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byKeyOrder } from '../../../functions/migration/items/items.ts';
import { DEFAULT_LAYOUT, KeyLayout, layoutOf } from '../../../functions/migration/items/key-layout.ts';
import {
  isSentinel,
  isSentinelItem,
  lastSentinelKeys,
  lastSentinelRanges,
  sentinelItem,
  sentinelKey,
  sentinelKeys,
  sentinelRange,
} from '../../../functions/migration/items/sentinel.ts';
import { entityKey, type TenantId } from '../../../functions/migration/names.ts';
import { parseSettings } from '../../../functions/migration/settings/settings.ts';
import { partitionForms } from '../../../functions/migration/settings/tenant-partitions.ts';

const layout = (template: string | string[], more: object = {}) =>
  new KeyLayout({ partitionKey: 'PK', sortKey: 'SK', template, ...more });
const tenant = (id: string) => id as TenantId;
const four = layout('TENANT#{tenant}#{0..3}');

/** Templates that settings accept: texts around the id, in one or several forms. */
const beforeTexts = fc.constantFrom('', 'TENANT#', 'T', 'a.b|', 'x y/');
const afterTexts = fc.constantFrom('', '#', '#{0..15}', '#{16..18}', '|x{0..1}', '#a{2..4}#{0..2}', '#users');
const templates = fc
  .tuple(beforeTexts, fc.uniqueArray(afterTexts, { minLength: 1, maxLength: 3 }))
  .map(([before, afters]) => afters.map((after) => `${before}{tenant}${after}`));
/** Ids of the characters of a session tag, many of them short, so that one is often the beginning of another. */
const ids = fc
  .array(fc.constantFrom('a', 'b', '1', '.', ':', '/', '@', '=', '+', '-', '_', ' ', 'ü', '𝒳'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((characters) => tenant(characters.join('')));
const sortKeys = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });

describe('templates', () => {
  test('no two tenants, and no two partitions of one, have the same key', () => {
    fc.assert(
      fc.property(templates, ids, ids, (template, a, b) => {
        const made = layout(template);
        const [ofA, ofB] = [made.partitionValues(a), made.partitionValues(b)];
        expect(new Set(ofA).size).toBe(made.partitions);
        if (a !== b) expect(ofA.filter((value) => ofB.includes(value))).toEqual([]);
      }),
    );
  });

  test('a key leads back to its tenant, partition and sort key', () => {
    fc.assert(
      fc.property(templates, ids, sortKeys, fc.nat(), (template, tenantId, sort, n) => {
        const made = layout(template);
        const partition = n % made.partitions;
        const key = made.keyAt(partition, sort);
        const item = made.wireKey(tenantId, key);
        expect(made.tenantOf(item)).toBe(tenantId);
        expect(made.keyOf(item)).toBe(key);
        expect(made.placeOf(key)).toEqual({ partition, sort });
        expect(item.PK?.S).toBe(made.partitionValues(tenantId)[partition]);
      }),
    );
  });

  test('a value of another form belongs to no tenant', () => {
    for (const value of [
      'TENANT#a',
      'TENANT#a#4',
      'TENANT#a#01',
      'TENANT##1',
      'tenant#a#1',
      'TENANT#a#1#',
      '',
    ])
      expect(four.tenantOf({ PK: { S: value }, SK: { S: 'x' } }), value).toBeUndefined();
    expect(four.tenantOf({ PK: { S: 'TENANT#a#1' }, SK: { S: 'x' } })).toBe('a');
    expect(four.tenantOf({ PK: { S: 'TENANT#a#1' } })).toBeUndefined();
  });

  test('an id that is the beginning of another, or looks like a partition, keeps its own keys', () => {
    const both = layout(['{tenant}', '{tenant}#1']);
    expect(both.partitionValues('a')).toEqual(['a', 'a#1']);
    expect(both.tenantOf({ PK: { S: 'a#1' }, SK: { S: 'x' } })).toBe('a');
    expect(both.tenantOf({ PK: { S: 'a1' }, SK: { S: 'x' } })).toBe('a1');
    expect(both.tenantOf({ PK: { S: 'a#11' }, SK: { S: 'x' } })).toBeUndefined();
  });

  test.each([
    ['TENANT', /\{tenant\} once/],
    ['{tenant}{0..15}', /followed by a character that no tenant id contains/],
    ['{tenant}-{0..15}', /followed by a character that no tenant id contains/],
    ['{tenant}_x', /followed by a character that no tenant id contains/],
    ['{tenant}#{rest}', /\{rest\} stands for any number of partitions/],
    ['{tenant}#{0..100}', /101 partitions; at most 100/],
    [['{tenant}#1', '{tenant}#{0..1}'], /partition \{tenant\}#1 twice/],
    [['{tenant}#1', 'USER#{tenant}'], /a key could belong to two tenants/],
    [['T{tenant}', 'T#{tenant}'], /a key could belong to two tenants/],
    [['{0..11}{tenant}'], /a key could belong to two tenants/],
  ] as [string | string[], RegExp][])('%j is refused', (template, message) => {
    expect(() => partitionForms(template)).toThrow(message);
    const { tableDesign } = parseSettings({});
    const keys = { partitionKey: 'PK', sortKey: 'SK', template };
    expect(() => parseSettings({ tableDesign: { ...tableDesign, keys } })).toThrow(message);
  });
});

test("without keys in the settings, the layout is the seed's: the id and the sort key as they are", () => {
  const settings = parseSettings({});
  expect(layoutOf(settings)).toBe(DEFAULT_LAYOUT);
  expect(settings.tableDesign).not.toHaveProperty('keys');
  fc.assert(
    fc.property(sortKeys, (sort) => {
      const item = { tenantId: { S: 'cedar-valley' }, entityKey: { S: sort } };
      expect(DEFAULT_LAYOUT.wireKey(tenant('cedar-valley'), entityKey(sort))).toEqual(item);
      expect(DEFAULT_LAYOUT.keyOf(item)).toBe(sort);
    }),
  );
  expect(JSON.stringify(DEFAULT_LAYOUT.wireKey(tenant('a'), entityKey('b')))).toBe(
    '{"tenantId":{"S":"a"},"entityKey":{"S":"b"}}',
  );
});

test('the layout is made once from the settings', () => {
  const { tableDesign } = parseSettings({});
  const keys = { partitionKey: 'PK', sortKey: 'SK', template: 'T#{tenant}' };
  const settings = parseSettings({ tableDesign: { ...tableDesign, keys } });
  expect(layoutOf(settings)).toBe(layoutOf({ ...settings, tableDesign: { ...settings.tableDesign } }));
});

describe('a tenant of several partitions is one range of keys', () => {
  test('the order is by partition, then by sort key, in bytes', () => {
    fc.assert(
      fc.property(sortKeys, sortKeys, fc.nat(3), fc.nat(3), (a, b, n, m) => {
        const order = n - m || Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(byKeyOrder(four.keyAt(n, a), four.keyAt(m, b)))).toBe(Math.sign(order));
      }),
    );
  });

  test('the beginning of a partition is before all its keys and behind those of the one before it', () => {
    fc.assert(
      fc.property(sortKeys, (sort) => {
        expect(byKeyOrder(four.keyAt(2, ''), four.keyAt(2, sort))).toBeLessThan(0);
        expect(byKeyOrder(four.keyAt(2, ''), four.keyAt(1, sort))).toBeGreaterThan(0);
      }),
    );
    expect(four.isBeginning(four.keyAt(2, ''))).toBe(true);
    expect(four.isBeginning(four.keyAt(2, 'x'))).toBe(false);
    expect(DEFAULT_LAYOUT.isBeginning(entityKey('x'))).toBe(false);
  });

  test('a key without the number of a partition is refused', () => {
    for (const key of ['SCHOOL#1', '04/x', '7/x', '', 'ab/x'])
      expect(() => four.placeOf(entityKey(key)), key).toThrow(TypeError);
  });

  test('each partition has a sentinel at its beginning and one behind its keys', () => {
    const starts = [undefined, '00/SCHOOL#5', '01/', '02/', '03/'].map((after) => ({
      range: { after: after === undefined ? undefined : entityKey(after) },
    }));
    const keys = sentinelKeys(starts, 'n', four);
    expect(keys).toHaveLength(9);
    for (const partition of [0, 1, 2, 3]) {
      const own = keys.filter((key) => four.placeOf(key).partition === partition).sort(byKeyOrder);
      expect(own.length).toBeGreaterThanOrEqual(2);
      expect(byKeyOrder(own[0] ?? entityKey(''), four.keyAt(partition, 'A'))).toBeLessThan(0);
      expect(byKeyOrder(own.at(-1) ?? entityKey(''), four.keyAt(partition, '～😀'))).toBeGreaterThan(0);
    }
    for (const key of keys) {
      const item = sentinelItem(tenant('a'), key, four);
      expect(isSentinel(key)).toBe(true);
      expect(isSentinelItem(item, four)).toBe(true);
      expect(four.keyOf(item)).toBe(key);
    }
  });

  test('every sentinel lies in the range that sweeps it', () => {
    fc.assert(
      fc.property(fc.nat(3), sortKeys, fc.uuid(), (partition, sort, nonce) => {
        for (const after of [four.keyAt(partition, ''), four.keyAt(partition, sort)])
          expect(isIn(sentinelKey(after, nonce, four), sentinelRange(after, four))).toBe(true);
        const ranges = lastSentinelRanges(four);
        for (const [n, key] of lastSentinelKeys(nonce, four).entries())
          expect(isIn(key, ranges[n] ?? {})).toBe(true);
      }),
    );
  });
});

const isIn = (key: ReturnType<typeof entityKey>, range: ReturnType<typeof sentinelRange>) =>
  byKeyOrder(key, range.after ?? entityKey('')) > 0 && byKeyOrder(key, range.through ?? entityKey('')) < 0;

test("an index's own values begin with a template's text and the id", () => {
  const made = layout('TENANT#{tenant}#{0..1}', {
    indexes: { byEmail: { partitionKey: 'GSI1PK', template: 'EMAIL#{tenant}#{rest}' } },
  });
  expect(made.ownIndexValues('a', 'byEmail')).toEqual({
    values: ['EMAIL#a', 'TENANT#a', 'TENANT#a#0', 'TENANT#a#1'],
    beginnings: ['EMAIL#a#', 'TENANT#a#'],
  });
  expect(made.ownIndexValues('a', 'other').beginnings).toEqual(['TENANT#a#']);
  expect(DEFAULT_LAYOUT.ownIndexValues('a', 'any')).toEqual({ values: ['a'], beginnings: ['a#'] });
});
