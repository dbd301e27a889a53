import { expect, test } from 'vitest';
import { cleanUpSegment } from '../../../functions/migration/clean-up/clean-up-segment.ts';
import type { Slice } from '../../../functions/migration/clock-port.ts';
import { SegmentUnfinished, SourceChangedAfterFlip } from '../../../functions/migration/errors.ts';
import { checkIndexes } from '../../../functions/migration/indexes/check-indexes.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import { BATCH_WRITE_ITEMS } from '../../../functions/migration/limits.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { entityKey, epochMs, type TableName } from '../../../functions/migration/names.ts';
import type { Partition } from '../../../functions/migration/partition/partition-port.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import {
  compareKeptSegment,
  compareTargetSegment,
} from '../../../functions/migration/verify/compare-kept-segment.ts';
import { verifyKeptSegment } from '../../../functions/migration/verify/verify-kept-segment.ts';
import { altered } from '../../support/altered.ts';
import { heldMigration } from '../../support/held-migration.ts';
import { mostInWindow } from '../../support/most-in-window.ts';
import { aPlan } from '../../support/records.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const MS = 1_000;
const ITEMS = 400;
/** Read units a second, and ms of a slice: a pass takes three slices or more. */
const LIMIT = 50;
const SLICE_MS = 3 * MS;
const WINDOW_MS = 10 * MS;
/** Slices after which a step counts as stuck. */
const MAX_SLICES = 500;
const CAPTURE_MS = 60_000;

interface Read {
  readonly at: number;
  readonly table: TableName;
  readonly units: number;
  readonly keys: readonly string[];
}

/** A tenant with items of a read unit each on both sides, some of which expire one day. */
const given = async (record: Partial<Migration> = {}, more: object = {}) => {
  const clock = new VirtualTime();
  const settings = { claimMs: 600 * MS, lateCallMs: 0, captureMs: CAPTURE_MS, ...more };
  const held = await heldMigration(settings, { readUnitsPerSecond: LIMIT, ...record }, clock);
  const { ports: fakes, migration, source, target, segment } = held;
  const { migrationId, tenantId } = migration;
  const real = fakes.tables.partition(tenantId);
  const expiresAt = { N: String(clock.now() / MS + 86_400) };
  const items = Array.from({ length: ITEMS }, (_, n): Item => {
    const key = { tenantId: { S: tenantId }, entityKey: { S: `K#${String(n).padStart(4, '0')}` } };
    return { ...key, v: { S: 'x'.repeat(3_900) }, ...(n % 4 === 0 ? { expiresAt } : {}) };
  });
  for (const table of [source, target])
    for (let n = 0; n < ITEMS; n += BATCH_WRITE_ITEMS)
      await real.write(table, { puts: items.slice(n, n + BATCH_WRITE_ITEMS), deletes: [] });
  const log: Read[] = [];
  let onRead = async () => {};
  const read: Partition['read'] = async (table, ...rest) => {
    await clock.sleep(5);
    const page = await real.read(table, ...rest);
    log.push({
      at: clock.now(),
      table,
      units: page.units,
      keys: page.items.map(({ entityKey }) => entityKey?.S ?? ''),
    });
    await onRead();
    return page;
  };
  const ports: Ports = { ...fakes, partition: () => altered<Partition>(real, { read }) };
  let slices = 0;
  /** Runs a step as the state machine does, each slice with the record as it is then. */
  const inSlices = async <T>(step: (now: Migration, slice: Slice) => Promise<T>): Promise<T> => {
    for (;;) {
      slices += 1;
      if (slices > MAX_SLICES) throw new Error('the step does not get on');
      try {
        return await clock.run(step(await held.now(), { deadline: clock.monotonic() + SLICE_MS }));
      } catch (error) {
        if (!(error instanceof SegmentUnfinished)) throw error;
        await clock.run(clock.sleep(MS));
      }
    }
  };
  const compareKept = (now: Migration, slice: Slice) => compareKeptSegment(ports, now, segment, slice);
  const verifyKept = (now: Migration, slice: Slice) => verifyKeptSegment(ports, now, segment, slice);
  const cleanUp = (now: Migration, slice: Slice) => cleanUpSegment(ports, now, segment, slice);
  return {
    ...{ ...held, tables: fakes.tables, ports, clock, log, inSlices, compareKept, verifyKept, cleanUp },
    slices: () => slices,
    compareLeft: (now: Migration, slice: Slice) => compareTargetSegment(ports, now, segment, slice),
    found: () => ports.segments.get(migrationId, segment),
    onRead: (run: () => Promise<void>) => {
      onRead = run;
    },
    setLog: () => {
      log.length = 0;
      slices = 0;
    },
    at: (status: Migration['status']) =>
      ports.migrations.transition(migration, status, { who: 'test', reason: 'to see', at: clock.now() }),
    left: () => real.tables.get(source)?.size ?? 0,
  };
};

/** The most units read from one table in 10 s. */
const mostIn10s = (log: readonly Read[]): number => {
  const byTable = Map.groupBy(log, ({ table }) => table);
  return Math.max(...[...byTable.values()].map((reads) => mostInWindow(reads, WINDOW_MS)));
};
const keysOf = (log: readonly Read[], of: TableName): string[] =>
  log.filter(({ table }) => table === of).flatMap(({ keys }) => keys);
/** 5 % and a page beyond the limit. */
const MAX_IN_10S = LIMIT * 10 * 1.05 + LIMIT;
const ALL = ITEMS + 3;

test.each(['kept source', 'target that a rollback has left'])(
  'the comparison with the %s keeps to 50 read units a second, ends, and reads no range twice',
  async (side) => {
    const isAfterReverseFlip = side !== 'kept source';
    const record = isAfterReverseFlip
      ? ({ status: 'rollingBack', reverseFlippedAt: epochMs(1) } as const)
      : {};
    const { inSlices, compareKept, compareLeft, log, slices, source, target, found } = await given(record);
    expect(await inSlices(isAfterReverseFlip ? compareLeft : compareKept)).toMatchObject({ done: true });
    expect(slices()).toBeGreaterThan(2);
    expect(mostIn10s(log)).toBeLessThanOrEqual(MAX_IN_10S);
    const segment = await found();
    expect(segment.verified).toMatchObject({ source: { items: ALL }, target: { items: ALL }, changed: 0 });
    expect(segment.units.verify.read).toBe(log.reduce((sum, { units }) => sum + units, 0));
    for (const table of [source, target]) {
      const keys = keysOf(log, table);
      expect(new Set(keys).size).toBe(ALL);
      // a page of one side may have arrived when the other side's slice was over
      expect(keys.length).toBeLessThanOrEqual(ALL + slices() * LIMIT);
    }
  },
);

test('the verification and the clean-up keep to the limit, read each key once, and delete all', async () => {
  const world = await given();
  const { inSlices, compareKept, verifyKept, cleanUp, log, slices, source, found, setLog, left } = world;
  await inSlices(compareKept);
  expect(await found()).toMatchObject({ kept: { items: 303 }, keptExpiring: 100 });
  setLog();
  await inSlices(verifyKept);
  expect(slices()).toBeGreaterThan(2);
  expect(mostIn10s(log)).toBeLessThanOrEqual(MAX_IN_10S);
  expect(keysOf(log, source)).toHaveLength(ALL);
  const { keptAfterHold, kept, expiringChanged, mismatch } = await found();
  expect({ keptAfterHold, expiringChanged, mismatch }).toMatchObject({
    ...{ keptAfterHold: kept, expiringChanged: 0, mismatch: { differing: 0 } },
  });
  await world.at('cleaningUp');
  setLog();
  const notDeleted: number[] = [];
  world.onRead(async () => {
    if (keysOf(log, source).length <= ALL) notDeleted.push(left());
  });
  for (let isDone = false; !isDone; ) ({ done: isDone } = await inSlices(cleanUp));
  expect(mostIn10s(log)).toBeLessThanOrEqual(MAX_IN_10S);
  const keys = keysOf(log, source);
  expect(new Set(keys.slice(0, ALL)).size, 'the first read reads each key once').toBe(ALL);
  expect(new Set(notDeleted), 'nothing is deleted before the whole segment was read').toEqual(new Set([ALL]));
  expect(left()).toBe(0);
  expect((await found()).units.cleanUp.read).toBe(log.reduce((sum, { units }) => sum + units, 0));
});

test("an operator's limit applies to the comparison while it runs", async () => {
  const { inSlices, compareKept, log, ports, migration, onRead, clock } = await given({
    readUnitsPerSecond: 60,
  });
  let changedAt: number | undefined;
  onRead(async () => {
    if (changedAt !== undefined || log.length < 3) return;
    changedAt = clock.now();
    await ports.migrations.update(migration, { readUnitsPerSecond: 10 });
  });
  await inSlices(compareKept);
  // from the next slice on
  const late = log.filter(({ at }) => at > (changedAt ?? 0) + SLICE_MS + MS);
  expect(late.length).toBeGreaterThan(10);
  expect(mostIn10s(late)).toBeLessThanOrEqual(10 * 10 * 1.05 + 10);
});

// some of these times fall between the first and the last slice of a pass
test.each([50, 55, 60])(
  'a change that a comparison in slices leaves open has %i s until a pass begins',
  async (seconds) => {
    const captureMs = seconds * MS;
    const world = await given({}, { captureMs });
    const { inSlices, compareKept, write, source, clock, found } = world;
    await write(source, 'K#0001', 'changed past the router');
    expect(await inSlices(compareKept)).toMatchObject({ done: false });
    const since = (await found()).mismatch?.since ?? 0;
    const begins: number[] = [];
    for (let hasEnded = false; !hasEnded; ) {
      begins.push(clock.now());
      const step = await inSlices(compareKept);
      hasEnded = step.done;
      await clock.run(clock.sleep(step.waitSeconds * MS));
    }
    expect(begins.length).toBeGreaterThan(1);
    expect(begins.at(-1)).toBeGreaterThanOrEqual(since + captureMs);
    expect(begins.at(-2)).toBeLessThan(since + captureMs);
    expect(await found()).toMatchObject({ mismatch: { differing: 1, since } });
  },
);

test('differences are found in every slice of a comparison, and explained in any', async () => {
  const { inSlices, compareKept, write, capture, target, source, found } = await given();
  for (const n of ['0010', '0150', '0390']) await write(target, `K#${n}`, 'written since');
  for (const n of ['0010', '0390']) await capture('target', `K#${n}`, '1');
  await write(source, 'K#0399');
  expect(await inSlices(compareKept)).toMatchObject({ done: false });
  const { mismatch } = await found();
  expect(mismatch?.differences.map(({ key, kind }) => [key, kind])).toEqual([
    ['K#0150', 'different'],
    ['K#0399', 'extra'],
  ]);
  await capture('target', 'K#0150', '2');
  await capture('target', 'K#0399', '3');
  expect(await inSlices(compareKept)).toMatchObject({ done: true });
  expect(await found()).toMatchObject({ verified: { changed: 4 }, mismatch: { differing: 0 } });
});

test('another attempt starts a pass again', async () => {
  const { ports, migration, segment, compareKept, clock, now, log, source } = await given();
  const slice = { deadline: clock.monotonic() + SLICE_MS };
  await expect(clock.run(compareKept(migration, slice))).rejects.toThrow(SegmentUnfinished);
  expect(await ports.segments.unfinished(migration.migrationId, segment)).toMatchObject({ attempt: 1 });
  await ports.migrations.update(migration, { attempt: 2 });
  const read = log.length;
  const whole = { deadline: Number.POSITIVE_INFINITY };
  expect(await clock.run(compareKept(await now(), whole))).toMatchObject({ done: true });
  expect(keysOf(log.slice(read), source)).toHaveLength(ALL);
});

test.each([
  ['K#0020', 'in the first slice'],
  ['K#0380', 'in the last slice'],
])('a kept source that has changed at %s, %s, is found by the verification and reported', async (key) => {
  const { inSlices, compareKept, verifyKept, write, source, found } = await given();
  await inSlices(compareKept);
  await write(source, key, 'changed in the hold');
  await inSlices(verifyKept);
  const { keptAfterHold, kept, expiringChanged, mismatch } = await found();
  expect(keptAfterHold?.checksum === kept?.checksum && expiringChanged === 0).toBe(false);
  expect(mismatch?.differences.map((one) => one.key)).toEqual([key]);
});

test('a source that changes after its verification is not cleaned up, in any number of slices', async () => {
  const { inSlices, compareKept, verifyKept, cleanUp, write, source, at, left } = await given();
  await inSlices(compareKept);
  await inSlices(verifyKept);
  await at('cleaningUp');
  await write(source, 'K#0003', 'changed too late');
  await expect(inSlices(cleanUp)).rejects.toThrow(SourceChangedAfterFlip);
  expect(left()).toBe(ALL);
});

test('a slice in which the limit leaves nothing is followed by another', async () => {
  const { ports, migration, source, target, compareKept, clock } = await given();
  const { migrationId } = migration;
  const until = epochMs(clock.now() + 2 * SLICE_MS);
  for (const table of [source, target])
    await ports.paces.replace({ migrationId, kind: 'read', table }, undefined, {
      until,
      unitsPerSecond: LIMIT,
    });
  const slice = { deadline: clock.monotonic() + SLICE_MS };
  await expect(clock.run(compareKept(migration, slice))).rejects.toThrow(SegmentUnfinished);
});

/** The check of an index in which each item has its own value, except for one value that many have. */
const givenIndexes = async (indexCheck: object = {}) => {
  const text = (name: string) => ({ name, type: 'S' as const });
  const tableDesign = {
    indexes: [{ name: 'by-value', partitionKey: text('value'), projection: 'ALL' as const }],
    streamView: 'NEW_AND_OLD_IMAGES',
    pointInTimeRecovery: true,
    deletionProtection: false,
  };
  const world = await given({ status: 'catchingUp' }, { tableDesign, indexCheck });
  const { ports, migration, target, clock, inSlices } = world;
  const { migrationId, tenantId } = migration;
  await ports.migrations.savePlan(migrationId, aPlan(migration, { items: ALL }));
  const partition = world.tables.partition(tenantId);
  for (let n = 0; n < ITEMS; n += 1) {
    const key = { tenantId: { S: tenantId }, entityKey: { S: `K#${String(n).padStart(4, '0')}` } };
    const value = { S: `${tenantId}#${n % 2 === 0 ? 'shared' : `own-${n}`}` };
    await partition.write(target, { puts: [{ ...key, v: { S: 'x'.repeat(3_900) }, value }], deletes: [] });
  }
  const check = () => inSlices((now, slice) => checkIndexes(ports, now, slice));
  const toEnd = async () => {
    for (;;) {
      const step = await check();
      if (step.done) return;
      await clock.run(clock.sleep(step.waitSeconds * MS));
    }
  };
  const checks = async () => (await ports.migrations.indexChecks(migrationId))?.indexes;
  return { ...world, partition, check, toEnd, checks };
};

test('the check of the indexes counts the target in slices, within the limit, and each item once a poll', async () => {
  const { toEnd, checks, log, target, slices } = await givenIndexes({ valuesPerIndex: 10 });
  await toEnd();
  expect(slices()).toBeGreaterThan(2);
  expect(mostIn10s(log)).toBeLessThanOrEqual(MAX_IN_10S);
  const counted = keysOf(log, target).filter((key) => key.startsWith('K#'));
  expect(
    counted,
    'values that found no room in the slice are looked for without another reading',
  ).toHaveLength(ITEMS);
  // 200 values of their own and one of 200 items; the other three items have none of the tenant's
  expect(await checks()).toMatchObject([{ marker: 'gone', values: 201, counted: 10, differing: 0 }]);
});

test('an index that lags behind a target that is counted in slices is found, and catches up', async () => {
  const { toEnd, check, checks, partition, target, ports, migration, clock } = await givenIndexes();
  partition.lag(target, 'by-value');
  await partition.write(target, { puts: [], deletes: [entityKey('K#0100')] });
  const saved = () => ports.migrations.indexChecks(migration.migrationId);
  // slices may end before each value was read
  while ((await saved())?.pending.length !== 1) {
    expect(await check()).toMatchObject({ done: false });
    await clock.run(clock.sleep(MS));
  }
  expect(
    JSON.stringify([await saved(), await ports.migrations.indexValues(migration.migrationId)]),
  ).not.toContain('shared');
  partition.catchUp(target, 'by-value');
  await toEnd();
  expect(await checks()).toMatchObject([{ counted: 20, differing: 0, marker: 'gone' }]);
});

test('a reading of the target that takes too many slices ends without a count, and the migration continues', async () => {
  const { ports, migration, toEnd, checks, log } = await givenIndexes();
  const reading = { attempt: 1, through: entityKey('K#0001'), slices: 100, indexes: [] };
  await ports.migrations.saveIndexValues(migration.migrationId, reading);
  await toEnd();
  const [found] = (await checks()) ?? [];
  expect(found).toMatchObject({ marker: 'gone', counted: 0, differing: 0 });
  expect(found?.values).toBeUndefined();
  expect(log.length).toBeLessThan(3);
});
