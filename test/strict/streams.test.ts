import { describe, expect, test } from 'vitest';
import { readableShards } from '../../scripts/local/streams/lineage.ts';
import type { StreamRecord, StreamsClient } from '../../scripts/local/streams/streams-client.ts';
import { alteredStreams } from '../../scripts/local/strict/streams/altered-streams.ts';
import { fromLatest } from '../../scripts/local/strict/streams/from-latest.ts';
import { lateStreams } from '../../scripts/local/strict/streams/late-streams.ts';
import { splitStreams } from '../../scripts/local/strict/streams/split-streams.ts';
import { trimmedStreams } from '../../scripts/local/strict/streams/trimmed-streams.ts';
import { FakeStreams } from '../local/fake-streams.ts';

const { signal } = new AbortController();
const oneShard = () => {
  const engine = new FakeStreams();
  const arn = engine.addStream('table');
  engine.addShard(arn, 'A');
  return { engine, arn };
};
const keysOf = (records: readonly StreamRecord[]) =>
  records.map(({ dynamodb }) => dynamodb?.Keys?.entityKey?.S ?? '');
const sequenceOf = (record: StreamRecord | undefined) => record?.dynamodb?.SequenceNumber ?? '';

/** Reads a shard until it is empty or has ended. */
const readAll = async (client: StreamsClient, arn: string, shardId: string, after?: string) => {
  const records: StreamRecord[] = [];
  let next: string | undefined = await client.iterator(arn, shardId, after, signal);
  while (next !== undefined) {
    const page = await client.read(next, 1_000, signal);
    records.push(...page.records);
    next = page.next;
    if (page.records.length === 0 && next !== undefined) return { records, hasEnded: false };
  }
  return { records, hasEnded: true };
};

describe('late streams', () => {
  test('delay records by a lag of each shard, and nothing from an empty shard', async () => {
    const { engine, arn } = oneShard();
    engine.addShard(arn, 'B');
    engine.addShard(arn, 'empty');
    engine.put(arn, 'A', 'a');
    engine.put(arn, 'B', 'b');
    // for each shard its lag, as a share of the longest one, and then how much of it a page has
    const drawn = [1, 0, 0.1, 0];
    const client = lateStreams(engine, { pollMs: 0, mostLatencyMs: 400 }, () => drawn.shift() ?? 0);
    const arrived: string[] = [];
    await Promise.all(
      ['A', 'B', 'empty'].map(async (shardId) => {
        const page = await client.read(await client.iterator(arn, shardId, undefined, signal), 10, signal);
        arrived.push(keysOf(page.records).join() || 'nothing');
      }),
    );
    expect(arrived).toEqual(['nothing', 'b', 'a']);
  });

  test('end a lag when everything is stopped', async () => {
    const { engine, arn } = oneShard();
    engine.put(arn, 'A', 'a');
    const client = lateStreams(engine, { pollMs: 0, mostLatencyMs: 3_600_000 }, () => 0.9);
    const stopping = new AbortController();
    const reading = client.read(await client.iterator(arn, 'A', undefined, signal), 10, stopping.signal);
    stopping.abort(new Error('stopped'));
    await expect(reading).rejects.toThrow();
  });
});

describe('trimmed streams', () => {
  const HORIZON_MS = 1_000;
  /** Two records at 0 ms and two at 800 ms. */
  const world = () => {
    const { engine, arn } = oneShard();
    let now = 0;
    engine.put(arn, 'A', 'a', 'b', 'c', 'd');
    const dated = alteredStreams(engine, {
      read: async (iterator, limit) => {
        const page = await engine.read(iterator, limit);
        return {
          ...page,
          records: page.records.map((record) => ({
            ...record,
            dynamodb: {
              ...record.dynamodb,
              ApproximateCreationDateTime: new Date('ab'.includes(keysOf([record]).join()) ? 0 : 800),
            },
          })),
        };
      },
    });
    const client = trimmedStreams(dated, HORIZON_MS, () => now);
    return {
      client,
      arn,
      at: (ms: number) => {
        now = ms;
      },
    };
  };
  const TRIMMED = expect.objectContaining({ name: 'TrimmedDataAccessException' });

  test('give a reader that starts at the oldest record those that are kept', async () => {
    const { client, arn, at } = world();
    at(999);
    expect(keysOf((await readAll(client, arn, 'A')).records)).toEqual(['a', 'b', 'c', 'd']);
    at(1_000);
    const iterator = await client.iterator(arn, 'A', undefined, signal);
    const first = await client.read(iterator, 2, signal);
    const second = await client.read(first.next ?? '', 2, signal);
    expect([keysOf(first.records), keysOf(second.records)]).toEqual([[], ['c', 'd']]);
    at(1_800);
    expect((await readAll(client, arn, 'A')).records).toEqual([]);
  });

  test('refuse a reader that continues behind a record whose successor was deleted', async () => {
    const { client, arn, at } = world();
    at(999);
    const [a, b] = (await readAll(client, arn, 'A')).records;
    at(1_000);
    await expect(readAll(client, arn, 'A', sequenceOf(a))).rejects.toThrow(TRIMMED);
    expect(keysOf((await readAll(client, arn, 'A', sequenceOf(b))).records)).toEqual(['c', 'd']);
  });

  test('refuse an iterator that was used too late', async () => {
    const { client, arn, at } = world();
    at(999);
    const page = await client.read(await client.iterator(arn, 'A', undefined, signal), 1, signal);
    at(1_000);
    await expect(client.read(page.next ?? '', 1, signal)).rejects.toThrow(TRIMMED);
  });
});

describe('split streams', () => {
  const SPLIT_MS = 100;
  const world = (mostShards = 8) => {
    const { engine, arn } = oneShard();
    let now = 0;
    const client = splitStreams(engine, { splitMs: SPLIT_MS, mostShards }, () => now);
    const describeShards = async () => (await client.describe(arn, signal))?.shards ?? [];
    return {
      ...{ engine, arn, client, describeShards },
      later: () => {
        now += SPLIT_MS;
      },
    };
  };
  const many = (prefix: string, items = 40) => Array.from({ length: items }, (_, n) => `${prefix}${n}`);

  test('end a shard after a time, and divide its keys between two', async () => {
    const { engine, arn, client, describeShards, later } = world();
    expect(await describeShards()).toEqual([{ shardId: 'A' }]);
    engine.put(arn, 'A', ...many('a'));
    expect(await readAll(client, arn, 'A')).toMatchObject({ hasEnded: false });
    later();
    engine.put(arn, 'A', 'last');
    const parent = await readAll(client, arn, 'A');
    expect(parent.hasEnded).toBe(true);
    expect(keysOf(parent.records)).toEqual([...many('a'), 'last'].slice(0, parent.records.length));
    expect(await describeShards()).toEqual([
      { shardId: 'A' },
      { shardId: 'A-0', parent: 'A' },
      { shardId: 'A-1', parent: 'A' },
    ]);
    engine.put(arn, 'A', ...many('b'));
    const left = keysOf((await readAll(client, arn, 'A-0')).records);
    const right = keysOf((await readAll(client, arn, 'A-1')).records);
    const after = [...many('a'), 'last', ...many('b')].slice(parent.records.length);
    expect([...left, ...right].sort()).toEqual(after.sort());
    expect(left.length).toBeGreaterThan(0);
    expect(right.length).toBeGreaterThan(0);
  });

  test('give each reader every record once, those of an item in order, however far apart the readers are', async () => {
    const { engine, arn, client, describeShards, later } = world();
    const written: string[] = [];
    const put = (round: string) => {
      written.push('same', ...many(round));
      engine.put(arn, 'A', 'same', ...many(round));
    };
    /** Reads all records, a parent before its children, after those that the reader has read. */
    const reader = () => {
      const places = new Map<string, string>();
      const ended = new Set<string>();
      const seen: StreamRecord[] = [];
      const read = async () => {
        for (let isNew = true; isNew; ) {
          isNew = false;
          for (const { shardId } of readableShards(await describeShards(), (id) => ended.has(id))) {
            const found = await readAll(client, arn, shardId, places.get(shardId));
            const last = found.records.at(-1);
            if (last) places.set(shardId, sequenceOf(last));
            if (found.hasEnded) ended.add(shardId);
            isNew ||= found.hasEnded;
            seen.push(...found.records);
          }
        }
      };
      return { read, seen };
    };
    const [early, late] = [reader(), reader()];
    for (const round of ['a', 'b', 'c', 'd']) {
      put(round);
      await early.read();
      if (round === 'b') await late.read();
      later();
    }
    put('e');
    await early.read();
    await late.read();
    expect((await describeShards()).length).toBeGreaterThan(3);
    for (const { seen } of [early, late]) {
      expect(keysOf(seen).sort()).toEqual([...written].sort());
      const ofOne = seen.filter((record) => keysOf([record]).includes('same')).map(sequenceOf);
      expect(ofOne).toEqual([...ofOne].sort());
    }
  });

  test('stop splitting at the maximum number of shards', async () => {
    const { engine, arn, client, describeShards, later } = world(2);
    await describeShards();
    for (const round of ['a', 'b', 'c']) {
      later();
      engine.put(arn, 'A', ...many(round));
      for (const { shardId } of await describeShards()) await readAll(client, arn, shardId);
    }
    expect((await describeShards()).map(({ shardId }) => shardId)).toEqual(['A', 'A-0', 'A-1']);
  });

  test('continue in the shards that follow one of the engine, each with the keys of its parent', async () => {
    const { engine, arn, client, describeShards, later } = world();
    await describeShards();
    later();
    engine.put(arn, 'A', ...many('a'));
    await readAll(client, arn, 'A');
    engine.closeShard(arn, 'A');
    engine.addShard(arn, 'B', 'A');
    expect((await describeShards()).slice(3)).toEqual([
      { shardId: 'B-from-0', parent: 'A-0' },
      { shardId: 'B-from-1', parent: 'A-1' },
    ]);
    engine.put(arn, 'B', ...many('b'));
    const read = await Promise.all(['B-from-0', 'B-from-1'].map((shardId) => readAll(client, arn, shardId)));
    expect(read.flatMap(({ records }) => keysOf(records)).sort()).toEqual(many('b').sort());
  });
});

test('a reader that starts at the latest record misses earlier ones, but none of later shards', async () => {
  const { engine, arn } = oneShard();
  engine.put(arn, 'A', 'before');
  const client = fromLatest(engine);
  await client.describe(arn, signal);
  const iterator = await client.iterator(arn, 'A', undefined, signal);
  engine.put(arn, 'A', 'after');
  engine.addShard(arn, 'B', 'A');
  engine.put(arn, 'B', 'in the next');
  expect(keysOf((await client.read(iterator, 10, signal)).records)).toEqual(['after']);
  expect(keysOf((await readAll(client, arn, 'B')).records)).toEqual(['in the next']);
});
