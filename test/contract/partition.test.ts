import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { partitionOf } from '../../functions/aws/partition.ts';
import { TableNotFound } from '../../functions/migration/errors.ts';
import { canonicalItem } from '../../functions/migration/items/canonical-item.ts';
import { byKeyOrder, type Item } from '../../functions/migration/items/items.ts';
import { DEFAULT_LAYOUT, KeyLayout } from '../../functions/migration/items/key-layout.ts';
import { type EntityKey, type TenantId, tableName } from '../../functions/migration/names.ts';
import type { Partition } from '../../functions/migration/partition/partition-port.ts';
import type { KeyRange } from '../../functions/migration/segment.ts';
import type { TableIndex } from '../../functions/migration/settings/settings.ts';
import { arbitraryItems } from '../support/arbitrary-items.ts';
import { startTestEngine } from '../support/dynamodb-local.ts';
import { FakePartition } from '../support/fake-partition.ts';

const mine = 'tenant-1' as TenantId;
const table = tableName('a-table');
const page = { limit: 100, consistent: true };
const text = (name: string) => ({ name, type: 'S' as const });

/** The keys of the tables under test, and an index of each kind. */
const keysOf = (layout: KeyLayout) => {
  const { partitionKey, sortKey } = layout.tableKeys;
  const byKind: TableIndex = {
    name: 'by-kind',
    partitionKey: text('kind'),
    sortKey,
    projection: 'KEYS_ONLY',
  };
  const byRank: TableIndex = {
    name: 'by-rank',
    partitionKey,
    sortKey: { name: 'rank', type: 'N' },
    projection: 'ALL',
  };
  const byKindAndTenant: TableIndex = {
    name: 'by-kind-and-tenant',
    partitionKey: text('kind'),
    sortKey: partitionKey,
    projection: 'ALL',
  };
  return { layout, byKind, byRank, byKindAndTenant };
};
const DEFAULT = keysOf(DEFAULT_LAYOUT);
const OTHER = keysOf(
  new KeyLayout({
    partitionKey: 'PK',
    sortKey: 'SK',
    template: ['TENANT#{tenant}#{0..1}', 'TENANT#{tenant}'],
  }),
);

const contract = (
  name: string,
  { layout, byKind, byRank, byKindAndTenant }: typeof DEFAULT,
  open: () => Promise<(tenantId: TenantId) => Partition>,
  close: () => Promise<void>,
) => {
  describe(name, () => {
    let partition: Partition;
    let of: (tenantId: TenantId) => Partition;
    // not the first partition of several, so that a mistake with their numbers shows
    const used = layout.partitions > 1 ? 1 : 0;
    const entityKey = (sort: string): EntityKey => layout.keyAt(used, sort);
    const wireKey = (tenantId: TenantId, sort: string): Item => layout.wireKey(tenantId, entityKey(sort));
    const item = (sort: string, more: Item = {}): Item => ({ ...wireKey(mine, sort), ...more });
    const keyOf = (one: Item): EntityKey => layout.keyOf(one);
    const sortOf = (one: Item): string => layout.placeOf(keyOf(one)).sort;
    /** The range of the partition that these tests use. */
    const everything: KeyRange =
      layout.partitions > 1 ? { after: layout.keyAt(used, ''), through: layout.keyAt(used + 1, '') } : {};
    const own = (tenantId: TenantId, rest: string) =>
      `${layout.ownIndexValues(tenantId, undefined).beginnings[0]}${rest}`;
    beforeAll(async () => {
      of = await open();
      partition = of(mine);
    });
    afterAll(close);

    test('written items are read in key order, by UTF-8 bytes', async () => {
      // U+FF5E sorts before U+1F600 in UTF-8 and after it in UTF-16
      const keys = ['b', 'a#2', 'a#10', '～', '😀', 'a'];
      const { unprocessed, units } = await partition.write(table, {
        puts: keys.map((key) => item(key)),
        deletes: [],
      });
      expect(unprocessed).toEqual({ puts: [], deletes: [] });
      expect(units).toBeGreaterThanOrEqual(6);
      const read = await partition.read(table, everything, page);
      expect(read.items.map(sortOf)).toEqual(['a', 'a#10', 'a#2', 'b', '～', '😀']);
      expect(read.last).toBeUndefined();
    });

    test('a range is after its start and through its end, whether or not these keys exist', async () => {
      const keys = async (after: string, through: string) => {
        const range = { after: entityKey(after), through: entityKey(through) };
        const { items, last } = await partition.read(table, range, page);
        const { items: count } = await partition.count(table, range, 100);
        expect([count, last]).toEqual([items.length, undefined]);
        return items.map(sortOf);
      };
      expect(await keys('a', 'b')).toEqual(['a#10', 'a#2', 'b']);
      expect(await keys('a#1', 'a#3')).toEqual(['a#10', 'a#2']);
      expect(await keys('b', 'b')).toEqual([]);
      expect(await keys('c', 'd')).toEqual([]);
    });

    test('pages of a range join without gap or overlap', async () => {
      const seen: string[] = [];
      let after = entityKey('a');
      for (;;) {
        const { items, last } = await partition.read(
          table,
          { after, through: entityKey('～') },
          { limit: 2, consistent: true },
        );
        seen.push(...items.map(sortOf));
        if (last === undefined) break;
        after = last;
      }
      expect(seen).toEqual(['a#10', 'a#2', 'b', '～']);
    });

    test('a page ends at 1 MB', async () => {
      const tenantId = 'tenant-2' as TenantId;
      const big = of(tenantId);
      const puts = Array.from({ length: 8 }, (_, n) => ({
        ...wireKey(tenantId, `${n}`),
        text: { S: 'x'.repeat(300_000) },
      }));
      await big.write(table, { puts, deletes: [] });
      const first = await big.count(table, everything, 100);
      expect([first.items, first.last]).toEqual([4, entityKey('3')]);
    });

    test('deleting an item succeeds whether or not it exists', async () => {
      const { unprocessed } = await partition.write(table, {
        puts: [item('c')],
        deletes: [entityKey('b'), entityKey('nothing')],
      });
      expect(unprocessed).toEqual({ puts: [], deletes: [] });
      expect(
        (await partition.read(table, { ...everything, through: entityKey('d') }, page)).items.map(sortOf),
      ).toEqual(['a', 'a#10', 'a#2', 'c']);
    });

    test('existing items are returned by their keys', async () => {
      const tenantId = 'tenant-3' as TenantId;
      const puts = Array.from({ length: 3 }, (_, n) => ({
        ...wireKey(tenantId, `k${n}`),
        n: { N: `${n}.00000000000000000000000000000000001` },
      }));
      await of(tenantId).write(table, { puts, deletes: [] });
      const keys = ['k2', 'nothing', 'k0', 'c'].map(entityKey);
      const found = await of(tenantId).get(table, keys);
      expect(found.sort((a, b) => byKeyOrder(keyOf(a), keyOf(b)))).toEqual([puts[0], puts[2]]);
      expect(await of(tenantId).get(table, [])).toEqual([]);
    });

    test('100 items are returned even if they exceed one response', async () => {
      const tenantId = 'tenant-4' as TenantId;
      const large = of(tenantId);
      const puts = Array.from({ length: 60 }, (_, n) => ({
        ...wireKey(tenantId, `large#${n}`),
        text: { S: 'x'.repeat(390_000) },
      }));
      for (let n = 0; n < puts.length; n += 20)
        await large.write(table, { puts: puts.slice(n, n + 20), deletes: [] });
      const keys = [...puts.map(keyOf), ...Array.from({ length: 40 }, (_, n) => entityKey(`none#${n}`))];
      const found = await large.get(table, keys);
      expect(new Set(found.map(keyOf))).toEqual(new Set(puts.map(keyOf)));
    });

    test('101 keys, and a duplicate key, are refused', async () => {
      const keys = Array.from({ length: 101 }, (_, n) => entityKey(`many#${n}`));
      await expect(partition.get(table, keys)).rejects.toThrow();
      await expect(partition.get(table, [entityKey('k'), entityKey('k')])).rejects.toThrow();
    });

    test('26 items, a duplicate key, and an item over 400 KB are refused', async () => {
      const many = Array.from({ length: 26 }, (_, n) => item(`many#${n}`));
      await expect(partition.write(table, { puts: many, deletes: [] })).rejects.toThrow();
      const twice = { puts: [item('k')], deletes: [entityKey('k')] };
      await expect(partition.write(table, twice)).rejects.toThrow();
      const large = { puts: [item('large', { text: { S: 'x'.repeat(410_000) } })], deletes: [] };
      await expect(partition.write(table, large)).rejects.toThrow();
      expect((await partition.count(table, { ...everything, after: entityKey('d') }, 100)).items).toBe(2);
    });

    test('F15: items are counted in an index that contains them, under one value, and at one position', async () => {
      const tenantId = 'tenant-5' as TenantId;
      const one = of(tenantId);
      const kinds = ['a', 'a', 'b', undefined];
      const puts = kinds.map((kind, n) => ({
        ...wireKey(tenantId, `k${n}`),
        ...(kind === undefined ? {} : { kind: { S: own(tenantId, kind) } }),
        ...(n > 1 ? { rank: { N: `${n}` } } : {}),
      }));
      await one.write(table, { puts, deletes: [] });
      const count = async (...[index, place]: [TableIndex, Parameters<Partition['countInIndex']>[2]]) =>
        (await one.countInIndex(table, index, place)).items;
      const rankValue = layout.partitionValue(tenantId, used);
      const a = { value: own(tenantId, 'a') };
      expect(await count(byKind, a)).toBe(2);
      expect(await count(byKindAndTenant, a)).toBe(2);
      expect(await count(byKind, { value: own(tenantId, 'c') })).toBe(0);
      expect(await count(byKind, { ...a, sort: { S: 'k1' } })).toBe(1);
      expect(await count(byKind, { ...a, sort: { S: 'k2' } })).toBe(0);
      expect(await count(byRank, { value: rankValue })).toBe(2);
      expect(await count(byRank, { value: rankValue, sort: { N: '3.0' } })).toBe(1);
      // an item of another tenant under the same value does not count (I4)
      const other = 'tenant-6' as TenantId;
      const stray = {
        ...wireKey(other, 'k9'),
        kind: { S: own(tenantId, 'a') },
        rank: { N: '3' },
      };
      await of(other).write(table, { puts: [stray], deletes: [] });
      for (const index of [byKind, byKindAndTenant]) expect(await count(index, a)).toBe(2);
    });

    test('F15: an index is not counted under a value that another tenant may have (I4)', async () => {
      for (const value of ['a', 'tenant-12', 'tenant-12#a', 'tenant', '']) {
        await expect(partition.countInIndex(table, byKind, { value })).rejects.toThrow(TypeError);
      }
    });

    test("another tenant's item is never written (I4)", async () => {
      const foreign = wireKey('tenant-other' as TenantId, 'x');
      await expect(partition.write(table, { puts: [foreign], deletes: [] })).rejects.toThrow(TypeError);
    });

    test('a missing table is named', async () => {
      const gone = tableName('no-such-table');
      for (const call of [
        () => partition.count(gone, {}, 1),
        () => partition.read(gone, {}, page),
        () => partition.get(gone, [entityKey('x')]),
        () => partition.countInIndex(gone, byKind, { value: own(mine, 'x') }),
        () => partition.write(gone, { puts: [item('x')], deletes: [] }),
      ]) {
        await expect(call()).rejects.toThrow(TableNotFound);
        await expect(call()).rejects.toThrow('no-such-table');
      }
    });

    test.runIf(layout.partitions > 1)('the pages of several partitions join, each within one', async () => {
      const tenantId = 'tenant-7' as TenantId;
      const several = of(tenantId);
      const keys = ['b', 'a'].flatMap((sort) => layout.everywhere(layout.keyAt(0, sort)));
      const puts = keys.map((key) => layout.wireKey(tenantId, key));
      await several.write(table, { puts, deletes: [] });
      const pagesOf = async (range: KeyRange) => {
        const found: { keys: EntityKey[]; counted: number }[] = [];
        let after = range.after;
        for (;;) {
          const rest = after === undefined ? range : { ...range, after };
          const read = await several.read(table, rest, page);
          const counted = await several.count(table, rest, 100);
          expect(counted.last).toBe(read.last);
          found.push({ keys: read.items.map(keyOf), counted: counted.items });
          after = read.last;
          if (after === undefined) return found;
        }
      };
      const sorted = [...keys].sort(byKeyOrder);
      const whole = await pagesOf({});
      expect(whole.map(({ keys: some }) => some)).toEqual([0, 2, 4].map((n) => sorted.slice(n, n + 2)));
      expect(whole.map(({ counted }) => counted)).toEqual([2, 2, 2]);
      const some = await pagesOf({ after: layout.keyAt(0, 'a'), through: layout.keyAt(2, 'a') });
      expect(some.flatMap(({ keys: ones }) => ones)).toEqual(sorted.slice(1, 5));
      // through the beginning of a partition: none of its items, and no page for it
      const upTo = await pagesOf({ through: layout.keyAt(1, '') });
      expect(upTo.map(({ keys: ones }) => ones)).toEqual([sorted.slice(0, 2)]);
      expect(await pagesOf({ after: layout.keyAt(1, 'b'), through: layout.keyAt(1, 'b') })).toEqual([
        { keys: [], counted: 0 },
      ]);
      expect(new Set((await several.get(table, keys)).map(keyOf))).toEqual(new Set(keys));
      await several.write(table, { puts: [], deletes: keys });
      expect((await pagesOf({})).flatMap(({ keys: ones }) => ones)).toEqual([]);
    });

    test.runIf(layout.partitions > 1)('an index is counted over all partitions of the tenant', async () => {
      const tenantId = 'tenant-8' as TenantId;
      const kind = { S: own(tenantId, 'a') };
      const puts = layout
        .everywhere(layout.keyAt(0, 'k'))
        .map((key) => ({ ...layout.wireKey(tenantId, key), kind }));
      await of(tenantId).write(table, { puts, deletes: [] });
      for (const index of [byKind, byKindAndTenant])
        expect((await of(tenantId).countInIndex(table, index, { value: kind.S })).items).toBe(3);
    });

    test('any item is read as it was written', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryItems(mine, { minLength: 1, maxLength: 10 }), async (any) => {
          const items = any.map(({ tenantId: _, entityKey: key, ...rest }) => item(key?.S ?? '', rest));
          await partition.write(table, { puts: items, deletes: [] });
          const read = await partition.read(table, everything, { limit: 1_000, consistent: true });
          const expected = [...items].sort((a, b) => byKeyOrder(keyOf(a), keyOf(b)));
          const found = read.items.filter((one) => items.some((two) => keyOf(two) === keyOf(one)));
          expect(found.map(canonicalItem)).toEqual(expected.map(canonicalItem));
          await partition.write(table, { puts: [], deletes: items.map(keyOf) });
        }),
        { numRuns: 60 },
      );
    });
  });
};

for (const [name, keys] of Object.entries({ '': DEFAULT, ', other keys and 3 partitions': OTHER })) {
  contract(
    `the fake${name}`,
    keys,
    async () => {
      const partitions = new Map<TenantId, FakePartition>();
      return (tenantId) => {
        const one = partitions.get(tenantId) ?? new FakePartition(tenantId, table);
        one.layout = keys.layout;
        partitions.set(tenantId, one);
        return one;
      };
    },
    async () => {},
  );

  let stop: () => Promise<void>;
  contract(
    `DynamoDB Local${name}`,
    keys,
    async () => {
      const engine = await startTestEngine();
      stop = engine.stop;
      const client = dynamoClient(engine.config, 'items');
      await client.send(
        new CreateTableCommand({
          TableName: table,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [
            { AttributeName: keys.layout.tableKeys.partitionKey.name, AttributeType: 'S' },
            { AttributeName: keys.layout.tableKeys.sortKey.name, AttributeType: 'S' },
            { AttributeName: 'kind', AttributeType: 'S' },
            { AttributeName: 'rank', AttributeType: 'N' },
          ],
          GlobalSecondaryIndexes: [keys.byKind, keys.byRank, keys.byKindAndTenant].map(
            ({ name, partitionKey, sortKey, projection }) => ({
              IndexName: name,
              KeySchema: [
                { AttributeName: partitionKey.name, KeyType: 'HASH' as const },
                ...(sortKey ? [{ AttributeName: sortKey.name, KeyType: 'RANGE' as const }] : []),
              ],
              Projection: { ProjectionType: projection },
            }),
          ),
          KeySchema: [
            { AttributeName: keys.layout.tableKeys.partitionKey.name, KeyType: 'HASH' },
            { AttributeName: keys.layout.tableKeys.sortKey.name, KeyType: 'RANGE' },
          ],
        }),
      );
      return (tenantId) => partitionOf(client, tenantId, keys.layout);
    },
    () => stop(),
  );
}
