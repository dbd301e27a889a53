import { describe, expect, test } from 'vitest';
import type { Item } from '../../functions/migration/items/items.ts';
import { ItemCollection } from '../../scripts/local/strict/dynamodb/throughput/item-collection.ts';
import { parseTableDesign } from '../../scripts/local/strict/dynamodb/throughput/table-design.ts';
import { writeUnits } from '../../scripts/local/strict/dynamodb/throughput/units.ts';

const key = (partition: string, sort?: string) => [
  { AttributeName: partition, KeyType: 'HASH' },
  ...(sort === undefined ? [] : [{ AttributeName: sort, KeyType: 'RANGE' }]),
];
const design = parseTableDesign({
  TableName: 'table',
  TableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/table',
  KeySchema: key('tenantId', 'entityKey'),
  GlobalSecondaryIndexes: [
    { IndexName: 'all', KeySchema: key('kind'), Projection: { ProjectionType: 'ALL' } },
    { IndexName: 'keys', KeySchema: key('kind', 'day'), Projection: { ProjectionType: 'KEYS_ONLY' } },
  ],
});
const item = (more: Item = {}): Item => ({ tenantId: { S: 'a' }, entityKey: { S: '1' }, ...more });
const text = (bytes: number) => ({ text: { S: 'x'.repeat(bytes) } });
const inAll = (kind: string, units: number) => ({ index: 'all', value: JSON.stringify({ S: kind }), units });
const inKeys = (kind: string, units: number) => ({ ...inAll(kind, units), index: 'keys' });

describe('units of a write', () => {
  test('are whole units of the larger item, old or new, and one if there is neither', () => {
    // 22 bytes of keys, 4 of the name
    expect(writeUnits(design, undefined, item(text(1_024 - 26)))).toEqual({ table: 1, indexes: [] });
    expect(writeUnits(design, undefined, item(text(1_024 - 19)))).toMatchObject({ table: 2 });
    expect(writeUnits(design, item(text(5_000)), item())).toMatchObject({ table: 5 });
    expect(writeUnits(design, item(text(5_000)), undefined)).toMatchObject({ table: 5 });
    expect(writeUnits(design, undefined, undefined)).toEqual({ table: 1, indexes: [] });
  });

  test('include those of an entry for an index that gets, loses or changes one, and none for an unchanged one', () => {
    const old = item({ kind: { S: 'k' }, day: { S: 'd' }, ...text(3_000) });
    expect(writeUnits(design, undefined, old).indexes).toEqual([inAll('k', 3), inKeys('k', 1)]);
    expect(writeUnits(design, old, undefined).indexes).toEqual([inAll('k', 3), inKeys('k', 1)]);
    expect(writeUnits(design, old, { ...old, ...text(10) }).indexes).toEqual([inAll('k', 3)]);
    expect(writeUnits(design, old, old).indexes).toEqual([]);
  });

  test('include those of both entries for an index whose key changes', () => {
    const old = item({ kind: { S: 'k' }, ...text(3_000) });
    expect(writeUnits(design, old, item({ kind: { S: 'n' } })).indexes).toEqual([
      inAll('k', 3),
      inAll('n', 1),
    ]);
  });
});

describe('an item collection', () => {
  const settings = {
    partitionWriteUnits: 10,
    partitionReadUnits: 30,
    burstSeconds: 2,
    heatSplitMs: 1_000,
    sizeSplitBytes: 1_000,
  };
  const world = (canSplit = true) => {
    let now = 0;
    const collection = new ItemCollection(settings, canSplit, () => now);
    /** Writes until each position was throttled for longer than a split takes. */
    const heat = (positions: readonly string[]) => {
      for (let n = 0; n < 200; n += 1) {
        now += 10;
        const position = positions[n % positions.length] ?? '';
        if (collection.admits('writes', position)) collection.take('writes', position, 10);
      }
    };
    return { collection, heat, pass: (ms: number) => (now += ms) };
  };

  test('keeps unused units for the seconds of the burst, and no longer', () => {
    const { collection, pass } = world();
    pass(60_000);
    for (let n = 0; n < 4; n += 1) {
      expect(collection.admits('writes', 'a')).toBe(true);
      collection.take('writes', 'a', 5);
    }
    expect(collection.admits('writes', 'a')).toBe(false);
    expect(collection.admits('reads', 'a')).toBe(true);
  });

  test('splits under lasting heat that is spread over the sort key', () => {
    const { collection, heat } = world();
    heat(['b', 'd', 'a', 'c']);
    expect(collection.partitions).toBeGreaterThan(1);
  });

  test('does not split under heat that follows the sort key, nor for one hot item', () => {
    const { collection, heat } = world();
    heat(Array.from({ length: 200 }, (_, n) => String(n).padStart(3, '0')));
    expect(collection.partitions).toBe(1);
    const hot = world();
    hot.heat(['a']);
    expect(hot.collection.partitions).toBe(1);
  });

  test('does not split with a local secondary index', () => {
    const { collection, heat } = world(false);
    heat(['b', 'd', 'a', 'c']);
    expect(collection.partitions).toBe(1);
  });

  test('splits because of its size', () => {
    const { collection } = world();
    for (const position of ['a', 'b', 'c']) {
      collection.admits('writes', position);
      collection.grow(position, 400);
    }
    expect(collection.partitions).toBe(2);
  });
});
