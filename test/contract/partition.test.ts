import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { partitionOf } from '../../functions/aws/partition.ts';
import { TableNotFound } from '../../functions/migration/errors.ts';
import { canonicalItem } from '../../functions/migration/items/canonical-item.ts';
import { byKeyOrder, type Item, keyOf } from '../../functions/migration/items/items.ts';
import { entityKey, type TenantId, tableName } from '../../functions/migration/names.ts';
import type { Partition } from '../../functions/migration/partition/partition-port.ts';
import type { TableIndex } from '../../functions/migration/settings/settings.ts';
import { arbitraryItems } from '../support/arbitrary-items.ts';
import { startTestEngine } from '../support/dynamodb-local.ts';
import { FakePartition } from '../support/fake-partition.ts';

const mine = 'tenant-1' as TenantId;
const table = tableName('a-table');
const item = (key: string, more: Item = {}): Item => ({
  tenantId: { S: mine },
  entityKey: { S: key },
  ...more,
});
const page = { limit: 100, consistent: true };
const text = (name: string) => ({ name, type: 'S' as const });
const BY_KIND: TableIndex = {
  name: 'by-kind',
  partitionKey: text('kind'),
  sortKey: text('entityKey'),
  projection: 'KEYS_ONLY',
};
const BY_RANK: TableIndex = {
  name: 'by-rank',
  partitionKey: text('tenantId'),
  sortKey: { name: 'rank', type: 'N' },
  projection: 'ALL',
};
const BY_KIND_AND_TENANT: TableIndex = {
  name: 'by-kind-and-tenant',
  partitionKey: text('kind'),
  sortKey: text('tenantId'),
  projection: 'ALL',
};

const contract = (
  name: string,
  open: () => Promise<(tenantId: TenantId) => Partition>,
  close: () => Promise<void>,
) => {
  describe(name, () => {
    let partition: Partition;
    let of: (tenantId: TenantId) => Partition;
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
      const read = await partition.read(table, {}, page);
      expect(read.items.map(keyOf)).toEqual(['a', 'a#10', 'a#2', 'b', '～', '😀']);
      expect(read.last).toBeUndefined();
    });

    test('a range is after its start and through its end, whether or not these keys exist', async () => {
      const keys = async (after: string, through: string) => {
        const range = { after: entityKey(after), through: entityKey(through) };
        const { items, last } = await partition.read(table, range, page);
        const { items: count } = await partition.count(table, range, 100);
        expect([count, last]).toEqual([items.length, undefined]);
        return items.map(keyOf);
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
        seen.push(...items.map(keyOf));
        if (last === undefined) break;
        after = last;
      }
      expect(seen).toEqual(['a#10', 'a#2', 'b', '～']);
    });

    test('a page ends at 1 MB', async () => {
      const tenantId = 'tenant-2' as TenantId;
      const big = of(tenantId);
      const puts = Array.from({ length: 8 }, (_, n) => ({
        tenantId: { S: tenantId },
        entityKey: { S: `${n}` },
        text: { S: 'x'.repeat(300_000) },
      }));
      await big.write(table, { puts, deletes: [] });
      const first = await big.count(table, {}, 100);
      expect([first.items, first.last]).toEqual([4, '3']);
    });

    test('deleting an item succeeds whether or not it exists', async () => {
      const { unprocessed } = await partition.write(table, {
        puts: [item('c')],
        deletes: [entityKey('b'), entityKey('nothing')],
      });
      expect(unprocessed).toEqual({ puts: [], deletes: [] });
      expect((await partition.read(table, { through: entityKey('d') }, page)).items.map(keyOf)).toEqual([
        'a',
        'a#10',
        'a#2',
        'c',
      ]);
    });

    test('existing items are returned by their keys', async () => {
      const tenantId = 'tenant-3' as TenantId;
      const puts = Array.from({ length: 3 }, (_, n) => ({
        tenantId: { S: tenantId },
        entityKey: { S: `k${n}` },
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
        tenantId: { S: tenantId },
        entityKey: { S: `large#${n}` },
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
      expect((await partition.count(table, { after: entityKey('d') }, 100)).items).toBe(2);
    });

    test('F15: items are counted in an index that contains them, under one value, and at one position', async () => {
      const tenantId = 'tenant-5' as TenantId;
      const one = of(tenantId);
      const kinds = ['a', 'a', 'b', undefined];
      const puts = kinds.map((kind, n) => ({
        tenantId: { S: tenantId },
        entityKey: { S: `k${n}` },
        ...(kind === undefined ? {} : { kind: { S: `${tenantId}#${kind}` } }),
        ...(n > 1 ? { rank: { N: `${n}` } } : {}),
      }));
      await one.write(table, { puts, deletes: [] });
      const count = async (...[index, place]: [TableIndex, Parameters<Partition['countInIndex']>[2]]) =>
        (await one.countInIndex(table, index, place)).items;
      const a = { value: `${tenantId}#a` };
      expect(await count(BY_KIND, a)).toBe(2);
      expect(await count(BY_KIND_AND_TENANT, a)).toBe(2);
      expect(await count(BY_KIND, { value: `${tenantId}#c` })).toBe(0);
      expect(await count(BY_KIND, { ...a, sort: { S: 'k1' } })).toBe(1);
      expect(await count(BY_KIND, { ...a, sort: { S: 'k2' } })).toBe(0);
      expect(await count(BY_RANK, { value: tenantId })).toBe(2);
      expect(await count(BY_RANK, { value: tenantId, sort: { N: '3.0' } })).toBe(1);
      // an item of another tenant under the same value does not count (I4)
      const other = 'tenant-6' as TenantId;
      const stray = {
        tenantId: { S: other },
        entityKey: { S: 'k9' },
        kind: { S: `${tenantId}#a` },
        rank: { N: '3' },
      };
      await of(other).write(table, { puts: [stray], deletes: [] });
      for (const index of [BY_KIND, BY_KIND_AND_TENANT]) expect(await count(index, a)).toBe(2);
    });

    test('F15: an index is not counted under a value that another tenant may have (I4)', async () => {
      for (const value of ['a', 'tenant-12', 'tenant-12#a', 'tenant', '']) {
        await expect(partition.countInIndex(table, BY_KIND, { value })).rejects.toThrow(TypeError);
      }
    });

    test("another tenant's item is never written (I4)", async () => {
      const foreign = { tenantId: { S: 'tenant-other' }, entityKey: { S: 'x' } };
      await expect(partition.write(table, { puts: [foreign], deletes: [] })).rejects.toThrow(TypeError);
    });

    test('a missing table is named', async () => {
      const gone = tableName('no-such-table');
      for (const call of [
        () => partition.count(gone, {}, 1),
        () => partition.read(gone, {}, page),
        () => partition.get(gone, [entityKey('x')]),
        () => partition.countInIndex(gone, BY_KIND, { value: mine }),
        () => partition.write(gone, { puts: [item('x')], deletes: [] }),
      ]) {
        await expect(call()).rejects.toThrow(TableNotFound);
        await expect(call()).rejects.toThrow('no-such-table');
      }
    });

    test('any item is read as it was written', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryItems(mine, { minLength: 1, maxLength: 10 }), async (items) => {
          await partition.write(table, { puts: items, deletes: [] });
          const read = await partition.read(table, {}, { limit: 1_000, consistent: true });
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

contract(
  'the fake',
  async () => {
    const partitions = new Map<TenantId, FakePartition>();
    return (tenantId) => {
      const one = partitions.get(tenantId) ?? new FakePartition(tenantId, table);
      partitions.set(tenantId, one);
      return one;
    };
  },
  async () => {},
);

let stop: () => Promise<void>;
contract(
  'DynamoDB Local',
  async () => {
    const engine = await startTestEngine();
    stop = engine.stop;
    const client = dynamoClient(engine.config, 'items');
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'tenantId', AttributeType: 'S' },
          { AttributeName: 'entityKey', AttributeType: 'S' },
          { AttributeName: 'kind', AttributeType: 'S' },
          { AttributeName: 'rank', AttributeType: 'N' },
        ],
        GlobalSecondaryIndexes: [BY_KIND, BY_RANK, BY_KIND_AND_TENANT].map(
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
          { AttributeName: 'tenantId', KeyType: 'HASH' },
          { AttributeName: 'entityKey', KeyType: 'RANGE' },
        ],
      }),
    );
    return (tenantId) => partitionOf(client, tenantId);
  },
  () => stop(),
);
