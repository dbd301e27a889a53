import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { waitMs } from '../../scripts/local/streams/follow-shard.ts';
import { eventRecord } from '../../scripts/local/streams/stream-event.ts';
import { type StreamPoller, startStreamPoller } from '../../scripts/local/streams/stream-poller.ts';
import { WakeSignal } from '../../scripts/local/streams/wake-signal.ts';
import { FakeStreams } from './fake-streams.ts';

const Event = z.object({
  Records: z.array(
    z.object({
      eventSourceARN: z.string(),
      dynamodb: z.object({
        Keys: z.object({ entityKey: z.object({ S: z.string() }) }),
        SequenceNumber: z.string(),
      }),
    }),
  ),
});
interface Batch {
  readonly arn: string;
  readonly keys: string[];
  readonly sequences: string[];
}
type Answer = (batch: Batch) => unknown;

const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 120_000, interval: 5 });

let pollers: StreamPoller[] = [];
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tierferry-'));
});
afterEach(async () => {
  await Promise.all(pollers.map((poller) => poller.stop()));
  pollers = [];
  await rm(folder, { recursive: true });
});

/** A poller that records what its function was given, and which of that it accepted. */
const polling = async (
  client: FakeStreams,
  { answer = () => null, ...given }: { answer?: Answer; folder?: string } = {},
) => {
  const batches: Batch[] = [];
  const warnings: string[] = [];
  const poller = await startStreamPoller({
    client,
    log: { info() {}, warn: (_, message) => warnings.push(message) },
    pace: { leastMs: 1, mostMs: 5, pollMs: 5, shardsMs: 5 },
    ...given,
    run: async (event) => {
      const { Records } = Event.parse(event);
      const batch = {
        arn: Records[0]?.eventSourceARN ?? '',
        keys: Records.map(({ dynamodb }) => dynamodb.Keys.entityKey.S),
        sequences: Records.map(({ dynamodb }) => dynamodb.SequenceNumber),
      };
      batches.push(batch);
      return answer(batch);
    },
  });
  pollers.push(poller);
  const keys = () => batches.flatMap((batch) => batch.keys);
  const handed = (...expected: string[]) => eventually(() => expect(keys()).toEqual(expected));
  return { poller, batches, warnings, keys, handed };
};
const oneShard = () => {
  const client = new FakeStreams();
  const arn = client.addStream('table');
  client.addShard(arn, 'A');
  return { client, arn };
};
const failing = (times: number, answer: Answer): Answer => {
  let left = times;
  return (batch) => {
    left -= 1;
    return left >= 0 ? answer(batch) : { batchItemFailures: [] };
  };
};
const refuse: Answer = () => {
  throw new Error('planted');
};
const many = (items: number) => Array.from({ length: items }, (_, n) => `k${n}`);

describe('shards', () => {
  test('a parent is read to its end before its children, and they before theirs', async () => {
    const { client, arn } = oneShard();
    for (const [shardId, parent] of [
      ['B', 'A'],
      ['C', 'A'],
      ['D', 'B'],
    ] as const)
      client.addShard(arn, shardId, parent);
    client.put(arn, 'D', 'd');
    client.put(arn, 'B', 'b');
    client.put(arn, 'C', 'c');
    client.put(arn, 'A', ...many(250));
    const { handed, keys, poller } = await polling(client);
    await handed(...many(250));
    expect(new Set(client.reads)).toEqual(new Set(['A']));
    client.put(arn, 'A', 'last');
    client.closeShard(arn, 'A');
    await eventually(() => expect(keys().slice(251).sort()).toEqual(['b', 'c']));
    expect(keys()[250]).toBe('last');
    expect(client.reads).not.toContain('D');
    client.closeShard(arn, 'B');
    await eventually(() => expect(keys().at(-1)).toBe('d'));
    await poller.stop();
    expect(keys()).toHaveLength(254);
  });

  test('a child created after its parent has ended is found', async () => {
    const { client, arn } = oneShard();
    client.put(arn, 'A', 'a');
    client.closeShard(arn, 'A');
    const { handed } = await polling(client);
    await handed('a');
    client.addShard(arn, 'B', 'A');
    client.put(arn, 'B', 'b');
    await handed('a', 'b');
  });

  test('a parent that is no longer kept delays nothing', async () => {
    const { client, arn } = oneShard();
    client.addShard(arn, 'B', 'A');
    client.put(arn, 'A', 'a');
    client.put(arn, 'B', 'b');
    client.closeShard(arn, 'A');
    client.trim(arn, 'A', 1);
    const { handed } = await polling(client);
    await handed('b');
  });

  test('shards and tables do not wait for one another', async () => {
    const { client, arn } = oneShard();
    const other = client.addStream('other');
    client.addShard(other, 'X');
    client.put(arn, 'A', 'stuck');
    client.put(other, 'X', 'x');
    client.addShard(arn, 'Y');
    client.put(arn, 'Y', 'y');
    const { keys } = await polling(client, {
      answer: (batch) => (batch.keys.includes('stuck') ? refuse(batch) : null),
    });
    await eventually(() => expect(keys()).toEqual(expect.arrayContaining(['stuck', 'x', 'y'])));
  });
});

describe('streams', () => {
  test('a new stream is read, a stream that is turned off is read to its end, and a deleted one is ignored', async () => {
    const { client, arn } = oneShard();
    const { handed, warnings, poller } = await polling(client);
    const later = client.addStream('later');
    client.addShard(later, 'L');
    client.put(later, 'L', 'l');
    await handed('l');
    client.put(arn, 'A', 'a');
    client.turnOff(arn);
    await handed('l', 'a');
    client.dropStream(arn);
    client.dropStream(later);
    const again = client.addStream('later');
    client.addShard(again, 'M');
    client.put(again, 'M', 'm');
    await handed('l', 'a', 'm');
    await poller.stop();
    expect(warnings).toEqual([]);
  });

  test('an expired iterator is replaced: nothing is lost, and nothing is delivered twice', async () => {
    const { client, arn } = oneShard();
    client.put(arn, 'A', 'a');
    const { handed, warnings } = await polling(client);
    await handed('a');
    client.expireIterators();
    client.put(arn, 'A', 'b');
    await handed('a', 'b');
    expect(warnings).toEqual([]);
  });

  test('an engine that is slow for a while is not reported; one that stays unreachable is', async () => {
    const { client, arn } = oneShard();
    const { warnings, handed } = await polling(client);
    client.failReads(4);
    client.put(arn, 'A', 'a');
    await handed('a');
    expect(warnings).toEqual([]);
    client.failReads(5);
    client.put(arn, 'A', 'b');
    await handed('a', 'b');
    expect(warnings).toEqual(['cannot read a stream; trying again']);
  });

  test('records deleted before they were read are reported, and the rest is read', async () => {
    const { client, arn } = oneShard();
    client.put(arn, 'A', 'a');
    const answered = Promise.withResolvers<null>();
    const { handed, warnings } = await polling(client, { answer: () => answered.promise });
    await handed('a');
    client.put(arn, 'A', 'lost', 'kept');
    client.trim(arn, 'A', 2);
    answered.resolve(null);
    await handed('a', 'kept');
    expect(warnings.join()).toMatch(/changes are lost/);
  });
});

describe('the function', () => {
  test('gets a batch again until it accepts it, and then what follows', async () => {
    const { client, arn } = oneShard();
    client.put(arn, 'A', 'a', 'b');
    const { handed, warnings } = await polling(client, { answer: failing(2, refuse) });
    await handed('a', 'b', 'a', 'b', 'a', 'b');
    client.put(arn, 'A', 'c');
    await handed('a', 'b', 'a', 'b', 'a', 'b', 'c');
    expect(warnings).toEqual(Array(2).fill('records were not processed; they are delivered again'));
  });

  test('gets the rest again from the first record that it names, and no record before it', async () => {
    const { client, arn } = oneShard();
    client.put(arn, 'A', 'a', 'b', 'c', 'd');
    const { handed } = await polling(client, {
      answer: failing(2, ({ sequences }) => ({
        batchItemFailures: sequences.slice(1, 3).map((itemIdentifier) => ({ itemIdentifier })),
      })),
    });
    await handed('a', 'b', 'c', 'd', 'b', 'c', 'd', 'c', 'd');
  });

  test.each([
    ['a record that it was not given', { batchItemFailures: [{ itemIdentifier: '7' }] }],
    ['no record', { batchItemFailures: [{ itemIdentifier: '' }] }],
    ['an unparsable answer', { batchItemFailures: 'all' }],
  ])('gets the whole batch again if it names %s', async (_, answer) => {
    const { client, arn } = oneShard();
    client.put(arn, 'A', 'a', 'b');
    const { handed } = await polling(client, { answer: failing(1, () => answer) });
    await handed('a', 'b', 'a', 'b');
  });

  test('gets nothing while it is paused, and nothing is lost', async () => {
    const { client, arn } = oneShard();
    const { handed, keys, poller } = await polling(client);
    poller.pause();
    client.put(arn, 'A', 'a');
    const before = client.reads.length;
    await eventually(() => expect(client.reads.length).toBeGreaterThan(before));
    client.put(arn, 'A', 'b');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(keys()).toEqual([]);
    poller.resume();
    await handed('a', 'b');
  });

  test('gets at most 1,000 records at a time, and few if they are large', async () => {
    const { client, arn } = oneShard();
    client.put(arn, 'A', ...many(3_000));
    client.sizeBytes = 1024 * 1024;
    client.put(arn, 'A', ...many(1_100));
    const { batches, keys } = await polling(client);
    await eventually(() => expect(keys()).toEqual([...many(3_000), ...many(1_100)]));
    const sizes = batches.map(({ sequences }) => sequences.length);
    expect(Math.max(...sizes)).toBe(1_000);
    expect(sizes.at(-2)).toBe(4);
  });
});

describe('a restart', () => {
  const restarted = async (client: FakeStreams) => {
    await Promise.all(pollers.map((poller) => poller.stop()));
    return polling(client, { folder });
  };

  test('continues after the last accepted record, also in shards that have ended', async () => {
    const { client, arn } = oneShard();
    client.addShard(arn, 'B', 'A');
    client.put(arn, 'A', 'a');
    client.put(arn, 'B', 'b');
    client.closeShard(arn, 'A');
    const first = await polling(client, { folder });
    await first.handed('a', 'b');
    const second = await restarted(client);
    client.put(arn, 'B', 'c');
    await second.handed('c');
  });

  test('delivers again what was not accepted', async () => {
    const { client, arn } = oneShard();
    client.put(arn, 'A', 'a', 'b', 'c');
    const first = await polling(client, {
      folder,
      answer: ({ sequences }) => ({ batchItemFailures: [{ itemIdentifier: sequences.at(-1) }] }),
    });
    await eventually(() => expect(first.batches.length).toBeGreaterThan(2));
    const second = await restarted(client);
    await second.handed('c');
  });

  test('starts with the oldest record if no position was stored', async () => {
    const { client, arn } = oneShard();
    client.put(arn, 'A', 'a');
    const first = await polling(client);
    await first.handed('a');
    await first.poller.stop();
    const second = await polling(client);
    await second.handed('a');
  });

  test('keeps nothing of deleted streams', async () => {
    const { client, arn } = oneShard();
    client.put(arn, 'A', 'a');
    const first = await polling(client, { folder });
    await first.handed('a');
    await first.poller.stop();
    const read = () => readFile(join(folder, 'checkpoints.json'), 'utf8');
    expect(await read()).toContain(arn);
    client.dropStream(arn);
    await polling(client, { folder });
    await eventually(async () => expect(await read()).toBe('{}'));
  });

  test('is refused if its file is not ours', async () => {
    await writeFile(join(folder, 'checkpoints.json'), '{"a":1}');
    await expect(polling(new FakeStreams(), { folder })).rejects.toThrow();
  });
});

test('stopping waits for the current batch, which counts, and nothing is read or delivered after it', async () => {
  const { client, arn } = oneShard();
  client.put(arn, 'A', 'a');
  const answered = Promise.withResolvers<null>();
  const first = await polling(client, { folder, answer: () => answered.promise });
  await first.handed('a');
  client.put(arn, 'A', 'b');
  let isStopped = false;
  const stopping = first.poller.stop().then(() => {
    isStopped = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isStopped).toBe(false);
  answered.resolve(null);
  await stopping;
  expect(client.isClosed).toBe(true);
  const reads = client.reads.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(client.reads.length).toBe(reads);
  const second = await polling(client, { folder });
  await second.handed('b');
});

test.each([
  ['a shard that just had records is polled soon', 0, 25],
  ['the longer it is quiet, the later', 1_600, 200],
  ['a shard that has been quiet for long, at the longest interval', 60_000, 500],
])('the next poll of a stream: %s', (_, quietMs, ms) => {
  expect(waitMs(quietMs, { leastMs: 25, mostMs: 500 })).toBe(ms);
});

test('a wait ends early when the bell rings, and when everything ends', async () => {
  const HOUR = 3_600_000;
  const bell = new WakeSignal(1);
  const ended = new AbortController();
  const waiting = [1, 2].map(() => bell.wait(HOUR, ended.signal));
  bell.ring();
  await Promise.all(waiting);
  const late = bell.wait(HOUR, ended.signal);
  ended.abort(new Error('over'));
  await expect(late).rejects.toThrow('over');
  await expect(bell.wait(HOUR, ended.signal)).rejects.toThrow('over');
});

test('a record has the form in which Lambda delivers it', () => {
  const bytes = Uint8Array.from([0, 255]);
  const record = eventRecord('arn', {
    eventID: '1',
    eventName: 'REMOVE',
    awsRegion: 'us-east-1',
    userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
    dynamodb: {
      ApproximateCreationDateTime: new Date(1_500),
      Keys: { tenantId: { S: 't' }, entityKey: { S: 'k' } },
      OldImage: {
        b: { B: bytes },
        bs: { BS: [bytes] },
        m: { M: { l: { L: [{ NULL: true }, { B: bytes }] } } },
        n: { N: '12345678901234567890123456789012345678' },
      },
      SequenceNumber: '7',
      SizeBytes: undefined,
    },
  });
  expect(record).toStrictEqual({
    eventID: '1',
    eventName: 'REMOVE',
    awsRegion: 'us-east-1',
    userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    dynamodb: {
      ApproximateCreationDateTime: 1.5,
      Keys: { tenantId: { S: 't' }, entityKey: { S: 'k' } },
      OldImage: {
        b: { B: 'AP8=' },
        bs: { BS: ['AP8='] },
        m: { M: { l: { L: [{ NULL: true }, { B: 'AP8=' }] } } },
        n: { N: '12345678901234567890123456789012345678' },
      },
      SequenceNumber: '7',
    },
    eventSourceARN: 'arn',
  });
});
