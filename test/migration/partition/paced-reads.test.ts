import { expect, test } from 'vitest';
import { compareSegment } from '../../../functions/migration/compare/compare-segment.ts';
import { SegmentUnfinished, Throttled } from '../../../functions/migration/errors.ts';
import { type SegmentNumber, tableName } from '../../../functions/migration/names.ts';
import { PacedReads } from '../../../functions/migration/partition/paced-reads.ts';
import type { Partition } from '../../../functions/migration/partition/partition-port.ts';
import { readRange } from '../../../functions/migration/partition/read-range.ts';
import { countPartition } from '../../../functions/migration/plan/count-partition.ts';
import { surveySegment } from '../../../functions/migration/plan/survey-segment.ts';
import { altered } from '../../support/altered.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { heldMigration } from '../../support/held-migration.ts';
import { aMigration, aSegment } from '../../support/records.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const SOURCE = tableName('source');
const MS = 1_000;
const ITEMS = 400;
const segment = 0 as SegmentNumber;

/** A tenant of items of a read unit each, and the answers to its reads. */
const aTenant = async (settings: object = {}) => {
  const clock = new VirtualTime();
  const fakes = fakePorts({ pageItems: 10, ...settings }, clock);
  await fakes.tables.create(SOURCE, fakes.settings.tableDesign);
  const migration = aMigration({ source: { ...aMigration().source, table: SOURCE } });
  const { migrationId, tenantId } = migration;
  await fakes.migrations.create(migration);
  await fakes.segments.add(migrationId, [aSegment(0, { counted: ITEMS })]);
  const real = fakes.tables.partition(tenantId);
  for (let n = 0; n < ITEMS; n += 1) {
    const item = { tenantId: { S: tenantId }, entityKey: { S: `K#${String(n).padStart(4, '0')}` } };
    await real.write(SOURCE, { puts: [{ ...item, v: { S: 'x'.repeat(4_000) } }], deletes: [] });
  }
  const log: { readonly at: number; readonly units: number }[] = [];
  let isThrottled = (): boolean => false;
  const read: Partition['read'] = async (...given) => {
    await clock.sleep(5);
    if (isThrottled()) throw new Throttled('planted');
    const page = await real.read(...given);
    log.push({ at: clock.now(), units: page.units });
    return page;
  };
  const ports = { ...fakes, partition: () => altered<Partition>(real, { read }) };
  const throttle = (when: () => boolean) => {
    isThrottled = when;
  };
  return { clock, ports, migration, log, throttle };
};

test('a page that is throttled is requested again, and the survey continues from it', async () => {
  const { clock, ports, migration, log, throttle } = await aTenant();
  let calls = 0;
  throttle(() => {
    calls += 1;
    return calls % 4 !== 0;
  });
  const slice = { deadline: clock.monotonic() + 600 * MS };
  await clock.run(surveySegment(ports, migration, segment, slice));
  const { survey } = await ports.segments.get(migration.migrationId, segment);
  expect(survey?.byEntityType).toMatchObject({ '(none)': { items: ITEMS } });
  expect(log).toHaveLength(ITEMS / 10);
});

test('the pages of several workers together stay below the limit', async () => {
  const { clock, ports, migration, log } = await aTenant({ readUnitsPerSecond: 50 });
  const worker = async () => {
    const reads = new PacedReads(ports, migration);
    for (let n = 0; n < 40; n += 1)
      await reads.page(SOURCE, () => ports.partition().read(SOURCE, {}, { limit: 10, consistent: true }));
    await reads.end(SOURCE);
  };
  await clock.run(Promise.all([worker(), worker(), worker()]));
  const units = log.reduce((sum, page) => sum + page.units, 0);
  const seconds = ((log.at(-1)?.at ?? 0) - (log[0]?.at ?? 0)) / MS;
  expect(units / seconds).toBeLessThanOrEqual(50 * 1.05);
  expect(units / seconds).toBeGreaterThanOrEqual(50 * 0.9);
});

test("an operator's limit applies from the next poll on", async () => {
  const { clock, ports, migration, log } = await aTenant({ readUnitsPerSecond: 1_000 });
  const reads = new PacedReads(ports, migration);
  await clock.run(
    (async () => {
      await ports.migrations.update(migration, { readUnitsPerSecond: 20 });
      const until = clock.monotonic() + 30 * MS;
      while (clock.monotonic() < until)
        await reads.page(SOURCE, () => ports.partition().read(SOURCE, {}, { limit: 10, consistent: true }));
    })(),
  );
  const late = log.filter(({ at }) => at >= (log.at(-1)?.at ?? 0) - 10 * MS);
  expect(late.reduce((sum, { units }) => sum + units, 0)).toBeLessThanOrEqual(20 * 10 * 1.05 + 10);
});

test('a survey that is throttled to the end of its slice continues where it stopped', async () => {
  const { clock, ports, migration, log, throttle } = await aTenant();
  const wholeAt = 17;
  throttle(() => log.length >= wholeAt);
  const first = surveySegment(ports, migration, segment, { deadline: clock.monotonic() + 10 * MS });
  await expect(clock.run(first)).rejects.toThrow(SegmentUnfinished);
  throttle(() => false);
  await clock.run(surveySegment(ports, migration, segment, { deadline: clock.monotonic() + 60 * MS }));
  const { survey, units } = await ports.segments.get(migration.migrationId, segment);
  expect(survey?.byEntityType).toMatchObject({ '(none)': { items: ITEMS } });
  expect(log).toHaveLength(ITEMS / 10);
  expect(units.survey.read).toBe(log.reduce((sum, page) => sum + page.units, 0));
});

test('a survey that gets no page in its slice fails as throttled', async () => {
  const { clock, ports, migration, throttle } = await aTenant();
  throttle(() => true);
  const survey = surveySegment(ports, migration, segment, { deadline: clock.monotonic() + 10 * MS });
  await expect(clock.run(survey)).rejects.toThrow(Throttled);
});

test('the counting pass backs off and keeps its count', async () => {
  const { clock, ports, migration } = await aTenant();
  const fresh = aMigration({ source: migration.source, tenantId: migration.tenantId, dryRun: true });
  await ports.migrations.create(fresh);
  const real = ports.partition();
  let calls = 0;
  const count: Partition['count'] = async (...given) => {
    calls += 1;
    if (calls % 3 !== 0) throw new Throttled('planted');
    return real.count(...given);
  };
  const throttled = { ...ports, partition: () => altered<Partition>(real, { count }) };
  const slice = { deadline: clock.monotonic() + 60 * MS };
  expect(await clock.run(countPartition(throttled, fresh, slice))).toMatchObject({ counted: true });
  let counted = 0;
  for await (const one of ports.segments.list(fresh.migrationId)) counted += one.counted;
  expect(counted).toBe(ITEMS);
});

test('a comparison that reaches the end of its slice continues after the last key, and journals each key once', async () => {
  const held = await heldMigration({ pageItems: 3 }, { status: 'catchingUp' });
  const { migration, source } = held;
  const partition = held.ports.tables.partition(migration.tenantId);
  // each page takes time
  const read: Partition['read'] = async (...given) => {
    held.ports.clock.advance(100);
    return partition.read(...given);
  };
  const ports = { ...held.ports, partition: () => altered<Partition>(partition, { read }) };
  for (let n = 0; n < 20; n += 1) await held.write(source, `X#${String(n).padStart(2, '0')}`, 'new');
  let slices = 0;
  const compared = async () => (await ports.segments.get(migration.migrationId, segment)).compared;
  while (!(await compared())) {
    slices += 1;
    const deadline = ports.clock.monotonic() + 200;
    await compareSegment(ports, migration, segment, 'forward', { deadline }).catch((error: unknown) => {
      if (!(error instanceof SegmentUnfinished)) throw error;
    });
  }
  expect(slices).toBeGreaterThan(2);
  expect(await compared()).toMatchObject({ differing: 20 });
  const entries = await ports.journal.entries(migration.migrationId, 'source', 100);
  expect(entries.filter(({ key }) => key.startsWith('X#'))).toHaveLength(20);
});

test('eight workers that start together keep a low limit from the first page on', async () => {
  const { clock, ports, migration, log } = await aTenant({ readUnitsPerSecond: 50, pageItems: ITEMS });
  const worker = async () => {
    const reads = new PacedReads(ports, migration);
    const meter = { read: 0 };
    let items = 0;
    for await (const page of readRange(ports.partition(), SOURCE, {}, ITEMS, meter, reads))
      items += page.length;
    return { items, units: meter.read };
  };
  const done = await clock.run(Promise.all(Array.from({ length: 8 }, worker)));
  expect(done.map(({ items }) => items)).toEqual(done.map(() => ITEMS));
  const unitsFrom = (from: number) =>
    log.filter(({ at }) => at >= from && at < from + 10 * MS).reduce((sum, { units }) => sum + units, 0);
  // a page takes a second of the limit at most
  expect(Math.max(...log.map(({ at }) => unitsFrom(at)))).toBeLessThanOrEqual(50 * 10 * 1.05 + 50);
  const seconds = ((log.at(-1)?.at ?? 0) - (log[0]?.at ?? 0)) / MS;
  expect((8 * ITEMS) / seconds).toBeGreaterThanOrEqual(50 * 0.9);
});

test('the time for which a limit delays reads is counted separately from the time that they take', async () => {
  const { clock, ports, migration, log } = await aTenant({ readUnitsPerSecond: 50 });
  const reads = new PacedReads(ports, migration);
  const started = clock.monotonic();
  const readAll = async () => {
    const pages = readRange(ports.partition(), SOURCE, {}, ports.settings.pageItems, { read: 0 }, reads);
    for await (const _ of pages);
  };
  await clock.run(readAll());
  expect(reads.waitedMs).toBeGreaterThan((ITEMS / 50 - 1) * MS);
  // each page takes 5 ms
  expect(clock.monotonic() - started - reads.waitedMs).toBe(log.length * 5);
});
