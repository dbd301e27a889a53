import { describe, expect, test } from 'vitest';
import {
  SegmentClaimed,
  TableNotFound,
  Throttled,
  Unavailable,
} from '../../../functions/migration/errors.ts';
import { type Item, keyOf } from '../../../functions/migration/items/items.ts';
import { epochMs, type TenantId, tableName } from '../../../functions/migration/names.ts';
import { BatchWriter, deleteKeys } from '../../../functions/migration/partition/batch-writer.ts';
import { parseSettings } from '../../../functions/migration/settings/settings.ts';
import { FakePartition } from '../../support/fake-partition.ts';

const tenantId = 'tenant-1' as TenantId;
const table = tableName('a-table');
const items = (count: number, more: Item = {}): Item[] =>
  Array.from({ length: count }, (_, n) => ({
    ...more,
    tenantId: { S: tenantId },
    entityKey: { S: `K#${n}` },
  }));

const setUp = ({ batchesInFlight = 2 } = {}) => {
  const partition = new FakePartition(tenantId, table);
  const pauses: number[] = [];
  const clock = {
    now: () => 0 as never,
    monotonic: () => 0,
    async sleep(ms: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      pauses.push(ms);
    },
  };
  const ports = { clock, random: () => 1, settings: parseSettings({ batchesInFlight }) };
  const written = () => [...(partition.tables.get(table)?.keys() ?? [])];
  return { partition, ports, pauses, written };
};
const putAll = async (writer: BatchWriter, all: readonly Item[]) => {
  for (const item of all) await writer.put(item);
  await writer.flush();
};

describe('a batch writer', () => {
  test('writes everything, 25 items per batch, with at most the allowed batches in flight', async () => {
    const { partition, ports, written } = setUp({ batchesInFlight: 3 });
    const writer = new BatchWriter(ports, partition, table);
    await putAll(writer, items(1_010));
    expect(written()).toHaveLength(1_010);
    expect(partition.calls).toBe(41);
    expect(partition.mostInFlight).toBe(3);
    expect(writer.units).toBe(1_010);
  });

  test('keeps a batch under 16 MB on the wire, even if JSON lengthens it', async () => {
    const { partition, ports, written } = setUp();
    const empties = { L: Array.from({ length: 130_000 }, () => ({ S: '' })) };
    await putAll(new BatchWriter(ports, partition, table), items(15, { empties }));
    expect(written()).toHaveLength(15);
    expect(partition.calls).toBeGreaterThan(1);
  });

  test('sends 25 binary items of almost 400 KB in two batches', async () => {
    const { partition, ports, written } = setUp();
    await putAll(
      new BatchWriter(ports, partition, table),
      items(40, { photo: { B: new Uint8Array(390_000) } }),
    );
    expect(written()).toHaveLength(40);
  });

  test('retries unprocessed items, slower each time, until all are written', async () => {
    const { partition, ports, pauses, written } = setUp({ batchesInFlight: 1 });
    partition.fault = (call) => (call <= 3 ? 25 : call <= 6 ? 5 : 0);
    await putAll(new BatchWriter(ports, partition, table), items(25));
    expect(written()).toHaveLength(25);
    expect(pauses.slice(0, 3)).toEqual([100, 200, 400]);
  });

  test('retries a throttled batch', async () => {
    const { partition, ports, written } = setUp();
    partition.fault = (call) => {
      if (call % 2 === 1) throw new Throttled('slow down', ['TableWriteKeyRangeThroughputExceeded']);
      return 0;
    };
    await putAll(new BatchWriter(ports, partition, table), items(100));
    expect(written()).toHaveLength(100);
  });

  test('counts the tries that were throttled, or of which something was left', async () => {
    const { partition, ports } = setUp({ batchesInFlight: 1 });
    partition.fault = (call) => {
      if (call === 1) throw new Throttled('slow down');
      if (call === 2) throw new Unavailable('no answer');
      return call === 3 ? 5 : 0;
    };
    const writer = new BatchWriter(ports, partition, table);
    await putAll(writer, items(25));
    expect(writer.throttles).toBe(2);
  });

  test('gives up a batch that never succeeds, reports the cause, and writes nothing more', async () => {
    const { partition, ports } = setUp({ batchesInFlight: 1 });
    partition.fault = (_, { puts }) => {
      if (puts.some((item) => keyOf(item) === 'K#30')) throw new Unavailable('no answer');
      return 0;
    };
    const writer = new BatchWriter(ports, partition, table);
    await expect(putAll(writer, items(1_000))).rejects.toThrow(Unavailable);
    await writer.finish();
    expect(partition.calls).toBe(1 + 10);
    await expect(writer.flush()).rejects.toThrow(Unavailable);
  });

  test('reports what is written up to the first batch that is not', async () => {
    const { partition, ports } = setUp({ batchesInFlight: 2 });
    const deadline = { signal: new AbortController().signal, check: () => undefined, deadline: 0 };
    const writer = new BatchWriter(ports, partition, table, deadline);
    partition.fault = (_, { puts }) => {
      if (puts.some((item) => keyOf(item) === 'K#60')) throw new Throttled('slow down');
      return 0;
    };
    await expect(putAll(writer, items(100))).rejects.toThrow(Throttled);
    await writer.finish();
    expect(writer.takeWritten()).toMatchObject({ through: 'K#49', items: 50 });
    expect(writer.takeWritten()).toEqual({ items: 0, bytes: 0 });
  });

  test('makes one call at a time while it is throttled, and more again afterwards', async () => {
    const { partition, ports, written } = setUp({ batchesInFlight: 8 });
    const inFlight: number[] = [];
    partition.fault = (call) => {
      inFlight.push(partition.inFlight);
      if (call <= 40) throw new Throttled('slow down');
      return 0;
    };
    await putAll(new BatchWriter(ports, partition, table), items(2_500));
    expect(written()).toHaveLength(2_500);
    expect(Math.max(...inFlight.slice(0, 8))).toBe(8);
    expect(Math.max(...inFlight.slice(20, 40))).toBe(1);
    expect(Math.max(...inFlight.slice(-10))).toBe(8);
  });

  test('does not retry an error other than throttling', async () => {
    const { partition, ports } = setUp();
    partition.fault = () => {
      throw new TypeError('broken');
    };
    await expect(putAll(new BatchWriter(ports, partition, table), items(3))).rejects.toThrow(TypeError);
    expect(partition.calls).toBe(1);
  });

  test('stops before the next call once its worker claim has ended', async () => {
    const { partition, ports, written } = setUp({ batchesInFlight: 1 });
    const over = new AbortController();
    partition.fault = (call) => {
      if (call === 2) over.abort(new SegmentClaimed('over'));
      return 0;
    };
    const right = { signal: over.signal, check: () => over.signal.throwIfAborted() };
    await expect(putAll(new BatchWriter(ports, partition, table, right), items(200))).rejects.toThrow(
      SegmentClaimed,
    );
    expect(written()).toHaveLength(50);
  });

  test('has no call under way after settle', async () => {
    const { partition, ports } = setUp({ batchesInFlight: 4 });
    partition.fault = (call) => {
      if (call === 1) throw new TypeError('broken');
      return 0;
    };
    const writer = new BatchWriter(ports, partition, table);
    await expect(putAll(writer, items(200))).rejects.toThrow(TypeError);
    await writer.finish();
    const calls = partition.calls;
    expect(partition.inFlight).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(partition.calls).toBe(calls);
  });

  describe('knows of a call that was given up and may still take effect', () => {
    const unanswered = async (error: Error, call = 1) => {
      const { partition, ports, written } = setUp({ batchesInFlight: 1 });
      const over = new AbortController();
      partition.fault = (n) => {
        if (n !== call) return 0;
        if (error instanceof SegmentClaimed) over.abort(error);
        throw error;
      };
      const right = { signal: over.signal, check: () => over.signal.throwIfAborted() };
      const writer = new BatchWriter(
        { ...ports, clock: { ...ports.clock, now: () => epochMs(7) } },
        partition,
        table,
        right,
      );
      await putAll(writer, items(60)).catch(() => undefined);
      return { at: writer.unansweredAt, written: written().length };
    };

    test('one without an answer, though a retry succeeded', async () => {
      expect(await unanswered(new Unavailable('read ECONNRESET'), 2)).toEqual({ at: 7, written: 60 });
    });

    test('one under way when the worker claim ended', async () => {
      expect(await unanswered(new SegmentClaimed('over'), 3)).toEqual({ at: 7, written: 50 });
    });

    test.each([
      new Throttled('slow down'),
      new TableNotFound('gone'),
      new TypeError('refused'),
      new Unavailable('connect ECONNREFUSED', { isUnsent: true }),
    ])('but not one that was answered or never sent: %s', async (error) => {
      expect((await unanswered(error)).at).toBeUndefined();
    });

    test('and not one that never started', async () => {
      const { partition, ports } = setUp();
      const right = {
        signal: AbortSignal.abort(new SegmentClaimed('over')),
        check: () => right.signal.throwIfAborted(),
      };
      const writer = new BatchWriter(ports, partition, table, right);
      await expect(putAll(writer, items(3))).rejects.toThrow(SegmentClaimed);
      expect(writer.unansweredAt).toBeUndefined();
    });
  });

  test('deletes the given keys, and counts the units of missing items', async () => {
    const { partition, ports, written } = setUp();
    const all = items(60);
    await putAll(new BatchWriter(ports, partition, table), all.slice(0, 50));
    expect(await deleteKeys(ports, partition, table, all.slice(10).map(keyOf))).toBe(50);
    expect(written()).toEqual(all.slice(0, 10).map(keyOf));
  });
});
