import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copySegment } from '../../../functions/migration/copy/copy-segment.ts';
import { Throttled } from '../../../functions/migration/errors.ts';
import { itemSize } from '../../../functions/migration/items/item-size.ts';
import { writeUnitsOf } from '../../../functions/migration/items/item-units.ts';
import { type Item, keyOf } from '../../../functions/migration/items/items.ts';
import { BATCH_WRITE_ITEMS } from '../../../functions/migration/limits.ts';
import {
  entityKey,
  epochMs,
  type SegmentNumber,
  tableName,
  writeUnits,
} from '../../../functions/migration/names.ts';
import { Pacer } from '../../../functions/migration/partition/pacer.ts';
import type { Partition, WriteBatch } from '../../../functions/migration/partition/partition-port.ts';
import { altered } from '../../support/altered.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { mostInWindow } from '../../support/most-in-window.ts';
import { aMigration, aSegment } from '../../support/records.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const SOURCE = tableName('source');
const TARGET = tableName('target');
const WORKERS = 8;
const WINDOW_MS = 10_000;
const MS = 1_000;

interface World {
  /** Write units a second; absent for no limit. */
  readonly limit?: number;
  readonly segments: number;
  readonly items: number;
  /** Bytes of an item, by its number. */
  readonly bytes: (n: number) => number;
  /** Write units a second that the partition accepts; absent for any number. */
  readonly partition?: number;
  readonly seed: number;
  readonly maxSlices?: number;
}

/** Writes with their times, in order of time. */
type Log = { readonly at: number; readonly units: number }[];

const randomFrom = (seed: number) => {
  let state = seed >>> 0 || 1;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

/** Answers as one partition does: it accepts what a second's units cover and leaves the rest. */
const bucketOf = (clock: VirtualTime, unitsPerSecond: number) => {
  let tokens = unitsPerSecond;
  let at = clock.monotonic();
  return (units: number): boolean => {
    tokens = Math.min(unitsPerSecond, tokens + ((clock.monotonic() - at) / MS) * unitsPerSecond);
    at = clock.monotonic();
    // an item larger than a second's units succeeds, and is owed
    if (tokens < Math.min(units, unitsPerSecond)) return false;
    tokens -= units;
    return true;
  };
};

/** Copies a tenant with eight concurrent workers, as the state machine's Map runs them. */
const copyAll = async ({ limit, segments, items, bytes, partition, seed, maxSlices = 10_000 }: World) => {
  const clock = new VirtualTime();
  const random = randomFrom(seed);
  const fakes = { ...fakePorts({ readUnitsPerSecond: 1e9, pageItems: 200 }, clock), random };
  for (const table of [SOURCE, TARGET]) await fakes.tables.create(table, fakes.settings.tableDesign);
  const made = aMigration();
  const migration = aMigration({
    source: { ...made.source, table: SOURCE },
    target: { ...made.target, table: TARGET },
    status: 'copying',
    ...(limit === undefined ? {} : { writeUnitsPerSecond: limit }),
  });
  const { migrationId, tenantId } = migration;
  await fakes.migrations.create(migration);
  await fakes.migrations.chooseTarget(migration, { table: TARGET, createsTable: false });
  const real = fakes.tables.partition(tenantId);
  const all = Array.from({ length: items }, (_, n): Item => {
    const item = { tenantId: { S: tenantId }, entityKey: { S: `K#${String(n).padStart(6, '0')}` } };
    return { ...item, v: { S: 'x'.repeat(Math.max(0, bytes(n) - itemSize(item) - 1)) } };
  });
  const source = fakes.tables.partition(tenantId);
  for (let n = 0; n < all.length; n += BATCH_WRITE_ITEMS)
    await source.write(SOURCE, { puts: all.slice(n, n + BATCH_WRITE_ITEMS), deletes: [] });
  const bounds = Array.from({ length: segments - 1 }, (_, n) => Math.floor(((n + 1) * items) / segments) - 1);
  const keyAt = (n: number | undefined) => (n === undefined ? undefined : keyOf(all[n] as Item));
  await fakes.segments.add(
    migrationId,
    Array.from({ length: segments }, (_, n) => {
      const [after, through] = [keyAt(bounds[n - 1]), keyAt(bounds[n])];
      return {
        ...aSegment(n),
        range: {
          ...(after ? { after: entityKey(after) } : {}),
          ...(through ? { through: entityKey(through) } : {}),
        },
      };
    }),
  );
  const log: Log = [];
  const fits = partition === undefined ? () => true : bucketOf(clock, partition);
  // a batch that is throttled is written many times
  const counted = new WeakMap<Item, number>();
  const unitsOf = (item: Item): number => {
    const known = counted.get(item) ?? writeUnitsOf(fakes.settings.tableDesign, item);
    counted.set(item, known);
    return known;
  };
  const write: Partition['write'] = async (table, batch, signal) => {
    await clock.sleep(5 + random() * 20, signal);
    const taken: WriteBatch = {
      puts: batch.puts.filter((item) => fits(unitsOf(item))),
      deletes: [],
    };
    if (taken.puts.length === 0) throw new Throttled('planted');
    const { units } = await real.write(table, taken, signal);
    log.push({ at: clock.monotonic(), units });
    const done = new Set(taken.puts);
    return {
      unprocessed: { puts: batch.puts.filter((item) => !done.has(item)), deletes: [] },
      units: writeUnits(units),
    };
  };
  const ports = { ...fakes, partition: () => altered<Partition>(real, { write }) };
  const left = Array.from({ length: segments }, (_, n) => n as SegmentNumber);
  let slices = 0;
  const worker = async () => {
    for (let number = left.shift(); number !== undefined; number = left.shift()) {
      for (let isDone = false; !isDone; ) {
        slices += 1;
        if (slices > maxSlices) throw new Error('the copy does not end');
        const slice = { deadline: clock.monotonic() + fakes.settings.sliceMs };
        const { done, waitSeconds } = await copySegment(ports, migration, number, slice);
        isDone = done;
        await clock.sleep(waitSeconds * MS);
      }
    }
  };
  await clock.run(Promise.all(Array.from({ length: WORKERS }, worker)));
  return { log, copied: real.tables.get(TARGET)?.size ?? 0, all, ports };
};

/** The most units in any 10 s. */
const mostIn10s = (log: Log): number => mostInWindow(log, WINDOW_MS);
const sumOf = (log: Log): number => log.reduce((sum, { units }) => sum + units, 0);
const largestOf = (items: readonly Item[]): number =>
  Math.max(...items.map((item) => Math.ceil(itemSize(item) / 1024)));

describe('the write limit of a migration', () => {
  test('the copy ends, and in every 10 s its workers write at most the limit, 5 % and one item', async () => {
    const worlds = fc.record({
      limit: fc.integer({ min: 20, max: 400 }),
      segments: fc.integer({ min: 1, max: 12 }),
      sizes: fc.array(
        fc.oneof(
          { weight: 4, arbitrary: fc.integer({ min: 100, max: 10_000 }) },
          fc.integer({ min: 10_000, max: 390_000 }),
        ),
        { minLength: 1, maxLength: 8 },
      ),
      partitionShare: fc.option(fc.double({ min: 0.3, max: 3, noNaN: true }), { nil: undefined }),
      seed: fc.integer({ min: 1, max: 2 ** 31 }),
    });
    await fc.assert(
      fc.asyncProperty(worlds, async ({ limit, segments, sizes, partitionShare, seed }) => {
        const bytes = (n: number) => sizes[n % sizes.length] ?? 100;
        const mean = sizes.reduce((sum, size) => sum + Math.ceil(size / 1024), 0) / sizes.length;
        const items = Math.max(segments, Math.min(600, Math.ceil((limit * 15) / mean)));
        const partition = partitionShare === undefined ? {} : { partition: limit * partitionShare };
        const { log, copied, all } = await copyAll({ limit, segments, items, bytes, seed, ...partition });
        expect(copied).toBe(items);
        expect(mostIn10s(log)).toBeLessThanOrEqual(limit * 10 * 1.05 + largestOf(all));
      }),
      { numRuns: 25 },
    );
  });

  test.each([
    { limit: 100, segments: 1, items: 2_000, size: 900 },
    { limit: 400, segments: 3, items: 3_000, size: 1_000 },
    { limit: 200, segments: 8, items: 1_000, size: 4_000 },
    { limit: 1_000, segments: 20, items: 2_000, size: 9_900 },
    { limit: 300, segments: 40, items: 3_000, size: 1_900 },
  ])('is used to 95 %: $items items of $size bytes in $segments segments at $limit', async (world) => {
    const { log, copied } = await copyAll({ ...world, bytes: () => world.size, seed: 7 });
    const [first, last] = [log[0]?.at ?? 0, log.at(-1)?.at ?? 0];
    expect(copied).toBe(world.items);
    expect(sumOf(log) / ((last - first) / MS)).toBeGreaterThanOrEqual(world.limit * 0.95);
  });

  test("units that a worker has reserved and not used are not used later in addition to the others'", async () => {
    const clock = new VirtualTime();
    const ports = { ...fakePorts({}, clock), random: randomFrom(5) };
    const key = { migrationId: aMigration().migrationId, kind: 'write', table: TARGET } as const;
    const log: Log = [];
    const worker = async (units: readonly number[], pauseMs: number) => {
      const pacer = new Pacer(ports, key, { wait: (ms) => clock.sleep(ms) });
      pacer.limitTo(100);
      for (const one of units) {
        await pacer.take(one);
        log.push({ at: clock.monotonic(), units: one });
        await clock.sleep(pauseMs);
      }
    };
    const stalled = Array.from({ length: WORKERS }, () => worker([1, 9], 8 * MS));
    const busy = worker(
      Array.from({ length: 400 }, () => 5),
      1,
    );
    await clock.run(Promise.all([...stalled, busy]));
    expect(mostIn10s(log)).toBeLessThanOrEqual(100 * 10 * 1.05);
  });

  test('follows the operator while the copy runs', async () => {
    const clock = new VirtualTime();
    const ports = fakePorts({}, clock);
    const key = { migrationId: aMigration().migrationId, kind: 'write', table: TARGET } as const;
    const pacer = new Pacer(ports, key, { wait: (ms) => clock.sleep(ms) });
    const taken = async (seconds: number) => {
      const until = clock.monotonic() + seconds * MS;
      let units = 0;
      while (clock.monotonic() < until) {
        await pacer.take(5);
        units += 5;
      }
      return units / seconds;
    };
    await clock.run(
      (async () => {
        pacer.limitTo(100);
        expect(await taken(10)).toBeCloseTo(100, -1);
        pacer.limitTo(1_000);
        expect(await taken(10)).toBeCloseTo(1_000, -2);
        pacer.limitTo(50);
        expect(await taken(20)).toBeLessThan(60);
      })(),
    );
  });
});

describe('a copy that DynamoDB throttles for long', () => {
  // 20,000 items of 8 units, and 6,000 of 22, at 1,000 units a second; a tenth of them here
  test.each([
    { items: 2_000, size: 8_000, partition: 100 },
    { items: 600, size: 22_000, partition: 100 },
    { items: 200, size: 900, partition: 4 },
  ])('completes: $items items of $size bytes at $partition units a second', async ({ size, ...world }) => {
    const { copied } = await copyAll({ ...world, segments: 8, bytes: () => size, seed: 3 });
    expect(copied).toBe(world.items);
  });
});

test('a record of a worker whose clock is an hour ahead delays no other worker', async () => {
  const clock = new VirtualTime();
  const ports = fakePorts({}, clock);
  const key = { migrationId: aMigration().migrationId, kind: 'write', table: TARGET } as const;
  const sleep = (ms: number) => clock.sleep(ms);
  for (const aheadMs of [3_600 * MS, 0]) {
    const now = () => epochMs(clock.now() + aheadMs);
    const work = { wait: sleep, deadline: clock.monotonic() + WINDOW_MS };
    const skewed = { now, monotonic: () => clock.monotonic(), sleep };
    const pacer = new Pacer({ ...ports, clock: skewed }, key, work);
    pacer.limitTo(100);
    await clock.run(pacer.take(50));
  }
  expect((await ports.paces.current(key))?.until).toBeLessThan(clock.now() + WINDOW_MS);
});
