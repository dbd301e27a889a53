import { expect, test } from 'vitest';
import { cleanUpSegment } from '../../../functions/migration/clean-up/clean-up-segment.ts';
import { SegmentClaimed, Unavailable } from '../../../functions/migration/errors.ts';
import { itemHash } from '../../../functions/migration/items/checksum.ts';
import type { Status } from '../../../functions/migration/life-cycle.ts';
import { epochMs, type TableName } from '../../../functions/migration/names.ts';
import { awaitWorkers } from '../../../functions/migration/rollback/await-workers.ts';
import { discardTarget } from '../../../functions/migration/rollback/discard-target.ts';
import { altered } from '../../support/altered.ts';
import { type HeldMigration, heldMigration } from '../../support/held-migration.ts';
import { aRoute } from '../../support/records.ts';

const CLAIM_MS = 10_000;
const LATE_MS = 60_000;
const slice = { deadline: Number.POSITIVE_INFINITY };

const world = async (status: Status) => {
  const held = await heldMigration({ claimMs: CLAIM_MS, lateCallMs: LATE_MS }, { status });
  const { ports, migration } = held;
  const partition = ports.tables.partition(migration.tenantId);
  return { ...held, partition, left: (table: TableName) => [...(partition.tables.get(table)?.keys() ?? [])] };
};

/** The first delete of several gets no answer. */
const unansweredOnce = ({ partition }: Awaited<ReturnType<typeof world>>): void => {
  let isFirst = true;
  partition.fault = () => {
    if (!isFirst) return 0;
    isFirst = false;
    throw new Unavailable('planted: read ECONNRESET');
  };
};

const discarding = async () => {
  const made = await world('rollingBack');
  const { ports, migration, source, target } = made;
  await ports.migrations.claimPartition(migration.migrationId, target);
  ports.routes.records.set(migration.tenantId, aRoute({ tenantId: migration.tenantId, table: source }));
  return { ...made, table: target, work: async () => discardTarget(ports, await made.now(), slice) };
};

const cleaning = async () => {
  const made = await world('cleaningUp');
  const { ports, migration, source, segment, partition } = made;
  const items = [...(partition.tables.get(source)?.values() ?? [])];
  const hashes = Buffer.concat(items.map((item) => itemHash(item).subarray(0, 12)));
  await ports.segments.saveDeletable(migration.migrationId, segment, hashes);
  return {
    ...made,
    table: source,
    work: async () => cleanUpSegment(ports, await made.now(), segment, slice),
  };
};

test.each([
  { what: "a rollback's deletion of copies", start: discarding },
  { what: "a clean-up's segment", start: cleaning },
])('F13: $what is done only when none of its deletes can arrive late', async ({ start }) => {
  const made = await start();
  unansweredOnce(made);
  const first = await made.work();
  expect(made.left(made.table)).toEqual([]);
  expect(first.done).toBe(false);
  expect(first.waitSeconds).toBeGreaterThan(0);
  const outAt = (await made.now()).lateCallsOutAt ?? 0;
  made.ports.clock.advance(outAt - 1 - made.ports.clock.now());
  expect(await made.work()).toMatchObject({ done: false, waitSeconds: 1 });
  made.ports.clock.advance(1);
  expect(await made.work()).toEqual({ done: true, waitSeconds: 0 });
});

test.each([
  { what: "a rollback's deletion of copies", start: discarding },
  { what: "a clean-up's segment", start: cleaning },
])('$what whose calls were all answered does not wait', async ({ start }) => {
  const { work, left, table, now } = await start();
  expect(await work()).toEqual({ done: true, waitSeconds: 0 });
  expect(left(table)).toEqual([]);
  expect(await now()).not.toHaveProperty('lateCallsOutAt');
});

test('F13: a clean-up that crashed between its last delete and the release of its claim is waited for', async () => {
  const { ports, migration, segment, work } = await cleaning();
  const claim = { worker: 'dead', until: epochMs(ports.clock.now() + CLAIM_MS) };
  await ports.segments.claim(migration, segment, claim, ports.clock.now());
  const none = { read: 0, write: 0 } as never;
  await ports.segments.record(migration.migrationId, segment, { cleanUpDone: true }, 'cleanUp', none);
  ports.clock.advance(CLAIM_MS + LATE_MS - 1);
  expect((await work()).done).toBe(false);
  ports.clock.advance(1);
  expect((await work()).done).toBe(true);
});

/** A claim of a dead worker, on a segment or on applying. */
const died = async (made: HeldMigration, part: 'segment' | 'applier') => {
  const { ports, migration, segment } = made;
  const claim = { worker: 'dead', until: epochMs(ports.clock.now() + CLAIM_MS) };
  if (part === 'segment') await ports.segments.claim(migration, segment, claim, ports.clock.now());
  else await ports.appliers.claim(migration, claim, ports.clock.now());
};

test.each(['segment', 'applier'] as const)(
  'F13: before anything is discarded a %s claim that was never returned counts until its writes can no longer arrive',
  async (part) => {
    const made = await world('rollingBack');
    const { ports, migration, now } = made;
    await died(made, part);
    // while it runs, its worker may still return it, with or without a note
    expect(await awaitWorkers(ports, migration)).toEqual({ areGone: false, waitSeconds: CLAIM_MS / 1_000 });
    expect(await now()).not.toHaveProperty('lateCallsOutAt');
    ports.clock.advance(CLAIM_MS);
    expect((await awaitWorkers(ports, migration)).areGone).toBe(false);
    expect((await now()).lateCallsOutAt).toBe(ports.clock.now() + LATE_MS);
    ports.clock.advance(LATE_MS - 1);
    expect(await awaitWorkers(ports, migration)).toEqual({ areGone: false, waitSeconds: 1 });
    ports.clock.advance(1);
    expect((await awaitWorkers(ports, migration)).areGone).toBe(true);
  },
);

test('F13: a note that a worker leaves while its claim is read is seen', async () => {
  const made = await world('rollingBack');
  const { ports, migration } = made;
  await died(made, 'applier');
  const appliers = altered(ports.appliers, {
    // it returns its claim right before
    async current(id) {
      await ports.migrations.noteLateCalls(id, epochMs(ports.clock.now() + LATE_MS));
      await ports.appliers.release(id, 'dead');
      return ports.appliers.current(id);
    },
  });
  expect((await awaitWorkers({ ...ports, appliers }, migration)).areGone).toBe(false);
});

test('F13: a claim whose note fails is not returned, so that the worker that takes it over notes the same', async () => {
  const made = await cleaning();
  const { ports, migration, segment } = made;
  unansweredOnce(made);
  const noteLateCalls = () => Promise.reject(new Unavailable('planted: no note'));
  const cut = { ...ports, migrations: altered(ports.migrations, { noteLateCalls }) };
  await expect(cleanUpSegment(cut, await made.now(), segment, slice)).rejects.toThrow('no note');
  const { claim } = await ports.segments.get(migration.migrationId, segment);
  expect(claim?.until).toBeGreaterThan(ports.clock.now());
  expect(await made.work()).toMatchObject({ done: false });
  ports.clock.advance(CLAIM_MS + LATE_MS);
  expect(await made.work()).toEqual({ done: true, waitSeconds: 0 });
});

test('F13: of a claim that expired twice both workers are noted: one that was not read is not taken over', async () => {
  const { ports, migration, segment, work, now } = await cleaning();
  const { claim: take } = ports.segments;
  const claim = { worker: 'dead', until: epochMs(ports.clock.now() + CLAIM_MS) };
  await ports.segments.claim(migration, segment, claim, ports.clock.now());
  ports.clock.advance(CLAIM_MS + 1);
  const another = { worker: 'dead, too', until: epochMs(ports.clock.now() + CLAIM_MS) };
  let isFirst = true;
  ports.segments.claim = async (...given) => {
    if (isFirst) {
      isFirst = false;
      await take.call(ports.segments, migration, segment, another, ports.clock.now(), claim);
      ports.clock.advance(CLAIM_MS + 1);
    }
    return take.call(ports.segments, ...given);
  };
  await expect(work()).rejects.toThrow(SegmentClaimed);
  expect((await work()).done).toBe(false);
  expect((await now()).lateCallsOutAt).toBe(another.until + LATE_MS);
});
