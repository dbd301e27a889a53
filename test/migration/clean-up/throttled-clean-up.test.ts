import { expect, test } from 'vitest';
import { cleanUpSegment } from '../../../functions/migration/clean-up/clean-up-segment.ts';
import { copySegment } from '../../../functions/migration/copy/copy-segment.ts';
import { ClaimRanOut, Throttled } from '../../../functions/migration/errors.ts';
import { ChecksumBuilder } from '../../../functions/migration/items/checksum.ts';
import { readUnits, type SegmentNumber, tableName, writeUnits } from '../../../functions/migration/names.ts';
import type { Partition } from '../../../functions/migration/partition/partition-port.ts';
import { altered } from '../../support/altered.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aSegment } from '../../support/records.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const SOURCE = tableName('source');
const TARGET = tableName('target');
const ITEMS = 300;
const UNITS_PER_SECOND = 4;
const MS = 1_000;
const segment = 0 as SegmentNumber;

/** A segment whose source accepts a few write units a second, as a partition does with busy neighbours. */
const aSegmentOf = async (status: 'copying' | 'cleaningUp') => {
  const clock = new VirtualTime();
  const fakes = fakePorts({ claimMs: 10 * MS, lateCallMs: 0 }, clock);
  for (const table of [SOURCE, TARGET]) await fakes.tables.create(table, fakes.settings.tableDesign);
  const made = aMigration();
  const migration = aMigration({
    status,
    source: { ...made.source, table: SOURCE },
    target: { ...made.target, table: TARGET },
  });
  const { migrationId, tenantId } = migration;
  await fakes.migrations.create(migration);
  await fakes.migrations.chooseTarget(migration, { table: TARGET, createsTable: false });
  const real = fakes.tables.partition(tenantId);
  const keptAfterHold = new ChecksumBuilder();
  for (let n = 0; n < ITEMS; n += 1) {
    const item = { tenantId: { S: tenantId }, entityKey: { S: `K#${n}` } };
    await real.write(SOURCE, { puts: [item], deletes: [] });
    keptAfterHold.add(item);
  }
  await fakes.segments.add(migrationId, [aSegment(0)]);
  const none = { read: readUnits(0), write: writeUnits(0) };
  await fakes.segments.record(migrationId, segment, { keptAfterHold: keptAfterHold.value() }, 'verify', none);
  const started = clock.monotonic();
  let taken = 0;
  let isDead = (): boolean => false;
  const write: Partition['write'] = async (table, { puts, deletes }, signal) => {
    await clock.sleep(10);
    // a suspended process does not renew anything either
    if (isDead()) await clock.sleep(9 * MS);
    if (signal?.aborted) throw signal.reason;
    const free = Math.floor(((clock.monotonic() - started) / MS) * UNITS_PER_SECOND) - taken;
    if (free < 1) throw new Throttled('planted');
    const some = { puts: puts.slice(0, free), deletes: deletes.slice(0, free) };
    const { units } = await real.write(table, some, signal);
    taken += units;
    return { unprocessed: { puts: puts.slice(free), deletes: deletes.slice(free) }, units };
  };
  const ports = { ...fakes, partition: () => altered<Partition>(real, { write }) };
  const die = (when: () => boolean) => {
    isDead = when;
  };
  const slice = () => ({ deadline: clock.monotonic() + fakes.settings.sliceMs });
  return {
    clock,
    ports,
    migration,
    slice,
    die,
    left: () => real.tables.get(SOURCE)?.size ?? 0,
    used: () => taken,
  };
};

test('F1: a clean-up that DynamoDB throttles for longer than a slice ends, and its report has all its units', async () => {
  const { clock, ports, migration, slice, left, used } = await aSegmentOf('cleaningUp');
  let slices = 0;
  for (let isDone = false; !isDone; slices += 1) {
    const step = await clock.run(cleanUpSegment(ports, migration, segment, slice()));
    isDone = step.done;
    // a continued slice knows what it may delete; nothing is kept of deleted items
    const hashes = await ports.segments.deletable(migration.migrationId, segment);
    expect(hashes !== undefined).toBe(!isDone);
    await clock.run(clock.sleep(step.waitSeconds * MS));
  }
  expect(left()).toBe(0);
  expect(slices).toBeGreaterThan(1);
  const { units, claim } = await ports.segments.get(migration.migrationId, segment);
  expect(units.cleanUp.write).toBe(used());
  expect(claim).toBeUndefined();
});

test('a worker whose claim ended after it had written is followed by another slice, not by a retry', async () => {
  const { clock, ports, migration, slice, die, used } = await aSegmentOf('copying');
  die(() => used() >= 20);
  expect(await clock.run(copySegment(ports, migration, segment, slice()))).toMatchObject({ done: false });
  die(() => used() >= 0);
  const again = copySegment(ports, migration, segment, slice());
  await expect(clock.run(again)).rejects.toThrow(ClaimRanOut);
  die(() => false);
  for (let isDone = false; !isDone; )
    ({ done: isDone } = await clock.run(copySegment(ports, migration, segment, slice())));
  expect(await ports.segments.get(migration.migrationId, segment)).toMatchObject({ copyDone: true });
});
