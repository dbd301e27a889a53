import { afterEach, expect, test } from 'vitest';
import * as z from 'zod';
import { Unavailable } from '../../../functions/migration/errors.ts';
import { SeededRandom } from '../../../scripts/demo/random.ts';
import { fakePorts } from '../fake-ports.ts';
import { until } from '../until.ts';
import { compare, positionOf } from './position.ts';
import { ShardedStreams, type ShardOptions } from './sharded-streams.ts';

const TENANT = 'tenant-1';
const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 60_000 };
const Seen = z.object({
  Records: z.array(
    z.object({
      dynamodb: z.object({
        SequenceNumber: z.string(),
        Keys: z.object({ tenantId: z.object({ S: z.string() }), entityKey: z.object({ S: z.string() }) }),
      }),
    }),
  ),
});

let streams: ShardedStreams | undefined;
afterEach(() => streams?.stop());

interface CapturedChange {
  readonly key: string;
  readonly sequence: number;
}

/** Creates the layer with a handler behind it, and a table whose changes it receives. */
const layerOf = (
  options: Partial<ShardOptions> = {},
  fails: (change: CapturedChange) => boolean = () => false,
) => {
  const layer = new ShardedStreams({ seed: 1, ...options });
  streams = layer;
  const delivered: CapturedChange[] = [];
  const calls: string[][] = [];
  const run = layer.wrapHandler('CaptureChanges', async (_, event) => {
    const records = Seen.parse(event).Records.map(({ dynamodb }) => dynamodb);
    calls.push(records.map(({ Keys }) => Keys.entityKey.S));
    for (const { SequenceNumber, Keys } of records) {
      const change = { key: Keys.entityKey.S, sequence: Number(SequenceNumber) };
      if (fails(change)) return { batchItemFailures: [{ itemIdentifier: SequenceNumber }] };
      delivered.push(change);
    }
    return { batchItemFailures: [] };
  });
  let sequence = 0;
  const change = async (...keys: string[]) => {
    const Records = keys.map((key) => {
      sequence += 1;
      return {
        eventName: 'MODIFY',
        eventSourceARN: 'arn:aws:dynamodb:us-east-1:0:table/basic/stream/1',
        dynamodb: {
          SequenceNumber: String(sequence),
          Keys: { tenantId: { S: TENANT }, entityKey: { S: key } },
        },
      };
    });
    expect(await run(fakePorts(), { Records }, context)).toEqual({ batchItemFailures: [] });
  };
  const keys = () => delivered.map(({ key }) => key);
  return { layer, change, delivered, keys, calls };
};

/** Returns the sequence numbers of each key's changes in the order of delivery. */
const sequencesOf = (delivered: readonly CapturedChange[]): Record<string, number[]> => {
  const byKey: Record<string, number[]> = {};
  for (const { key, sequence } of delivered) byKey[key] = [...(byKey[key] ?? []), sequence];
  return byKey;
};
const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
const KEYS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'] as const;

test('with splits, lags and repeated records, each item has all of its changes in order', async () => {
  const random = new SeededRandom('changes');
  const isUnavailable = () => random.chance(0.05);
  const options = { shards: 2, mostLagMs: 20, splitsAfter: { least: 3, most: 20 }, batch: 3 };
  const { layer, change, delivered } = layerOf({ ...options, redeliveredShare: 0.2 }, isUnavailable);
  for (let n = 0; n < 60; n += 1) {
    await change(...Array.from({ length: random.between(1, 6) }, () => random.pick(KEYS)));
    if (n % 20 === 0) await layer.delivered();
  }
  await layer.delivered();
  expect(layer.shards().basic?.length).toBeGreaterThan(8);
  const order = sequencesOf(delivered);
  expect(Object.keys(order).length).toBe(KEYS.length);
  for (const key of KEYS) {
    const first = [...new Set(order[key])];
    expect(first).toEqual(ascending(first));
  }
  const all = new Set(delivered.map(({ sequence }) => sequence));
  expect(all.size).toBe(Math.max(...all));
  expect(delivered.length).toBeGreaterThan(all.size);
});

test('the same seed and the same changes give the same shards, and another seed gives others', async () => {
  const shardsOf = async (seed: number) => {
    const { layer, change } = layerOf({ seed, splitsAfter: { least: 2, most: 9 } });
    for (let n = 0; n < 40; n += 1) await change(KEYS[(n * 5) % KEYS.length] ?? 'A');
    await layer.stop();
    return layer.shards().basic;
  };
  expect(await shardsOf(7)).toEqual(await shardsOf(7));
  expect(await shardsOf(7)).not.toEqual(await shardsOf(8));
});

test('a lagging item is behind all others, and catches up in order', async () => {
  const { layer, change, delivered, keys } = layerOf();
  await change('A', 'B', 'C');
  await layer.delivered();
  layer.lag(['B']);
  await change('A', 'B', 'C', 'B', 'A');
  await layer.delivered();
  expect(keys().slice(0, 3)).toEqual(['A', 'B', 'C']);
  expect(keys().slice(3).sort()).toEqual(['A', 'A', 'C']);
  await layer.catchUp();
  expect(sequencesOf(delivered).B).toEqual([2, 5, 7]);
  await change('B');
  await layer.delivered();
  expect(keys().slice(-1)).toEqual(['B']);
});

test('a lagging tenant does not affect other tenants, and only its own records are trimmed', async () => {
  const { layer, change, keys } = layerOf();
  layer.lag({ tenantId: 'tenant-2' });
  await change('A');
  await layer.delivered();
  layer.lag({ tenantId: TENANT });
  await change('B', 'C');
  await layer.delivered();
  expect(keys()).toEqual(['A']);
  expect(layer.trim({ tenantId: 'tenant-2' })).toBe(0);
  await change('D');
  expect(layer.trim({ tenantId: TENANT })).toBe(3);
  await change('E');
  await layer.delivered();
  expect(keys()).toEqual(['A', 'E']);
});

test('children deliver nothing before their parent has ended, even if it is delayed', async () => {
  const { layer, change, keys } = layerOf();
  layer.lag(['B']);
  await change('A', 'B');
  layer.split(TENANT, 'B');
  layer.split(TENANT, 'A');
  await change('A', 'B', 'C');
  await layer.delivered();
  expect(keys().sort()).toEqual(['A', 'A', 'C']);
  await layer.catchUp();
  expect(keys().slice(3)).toEqual(['B', 'B']);
});

test('a batch that is not accepted is retried from the first record that failed', async () => {
  let failures = 2;
  const { layer, change, keys, calls } = layerOf({}, ({ key }) => {
    if (key !== 'B' || failures === 0) return false;
    failures -= 1;
    return true;
  });
  await change('A', 'B', 'C');
  await layer.delivered();
  expect(keys()).toEqual(['A', 'B', 'C']);
  expect(calls).toEqual([
    ['A', 'B', 'C'],
    ['B', 'C'],
    ['B', 'C'],
  ]);
});

test('a handler that throws is called again with the whole batch', async () => {
  let isDown = true;
  const { layer, change, keys } = layerOf({}, () => {
    if (isDown) throw new Unavailable('planted');
    return false;
  });
  await change('A', 'B');
  await until('a call that failed', () => layer.left() === 2);
  isDown = false;
  await layer.delivered();
  expect(keys()).toEqual(['A', 'B']);
});

test('the last change of an item is delivered again on command', async () => {
  const { layer, change, delivered } = layerOf();
  await change('A', 'B', 'A', 'C');
  await layer.delivered();
  await layer.redeliver('A', 'basic');
  expect(delivered.slice(-1)).toEqual([{ key: 'A', sequence: 3 }]);
  await expect(layer.redeliver('A', 'advanced')).rejects.toThrow('no change of A was delivered');
});

test('other handlers get their events unchanged', async () => {
  const layer = new ShardedStreams({ seed: 1 });
  const run = layer.wrapHandler('CountSchools', async (_, event) => z.string().parse(event));
  expect(await run(fakePorts(), 'any', context)).toBe('any');
});

test('positions are in the order of their bytes, as sort keys are', () => {
  const [astral, high] = [positionOf(TENANT, '\u{10FFFF}'), positionOf(TENANT, '\uFFFF')];
  expect(compare(high, astral)).toBeLessThan(0);
  expect('\u{10FFFF}' < '\uFFFF').toBe(true);
});
