import { expect, test } from 'vitest';
import { lastSentinelKey } from '../../../functions/migration/items/sentinel.ts';
import {
  isPendingProof,
  lateMs,
  noteArmed,
  pollCapture,
  proveCapture,
} from '../../../functions/migration/journal/proof-of-capture.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import type { EntityKey } from '../../../functions/migration/names.ts';
import type { Side } from '../../../functions/migration/route/route.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A migration whose capture has been proved on both sides. */
const armed = async () => {
  const world = await cutoverWorld();
  const { ports, migration, source, target } = world;
  const current = async (): Promise<Migration> => {
    const found = await ports.migrations.get(migration.migrationId);
    if (!found) throw new Error('the migration is gone');
    return found;
  };
  await noteArmed(ports, migration, { side: 'source', table: source });
  await noteArmed(ports, await current(), { side: 'target', table: target });
  /** Lets every requested proof come through capture. */
  const deliver = async (side: Side, key?: EntityKey) => {
    const { asked } = (await current()).proofs?.[side] ?? {};
    const proof = key ?? (asked && lastSentinelKey(asked.nonce));
    if (proof) await ports.journal.addEntries(migration.migrationId, side, [{ key: proof, sequence: '1' }]);
  };
  const pollOnce = async () => pollCapture(ports, await current());
  const events = async () =>
    (await ports.migrations.events(migration.migrationId)).map(({ reason }) => reason);
  return { ...world, current, deliver, pollOnce, events };
};

test('while nothing has changed, a poll writes nothing', async () => {
  const { pollOnce, current } = await armed();
  const before = await current();
  expect(await pollOnce()).toEqual({ migration: before, lateMs: 0, isProved: true });
  expect(await current()).toEqual(before);
});

test('a proof is requested when the last is some minutes old, and its return is noted with its duration', async () => {
  const { ports, pollOnce, current, deliver } = await armed();
  ports.clock.advance(11 * MINUTE_MS);
  const asked = ports.clock.now();
  expect((await pollOnce()).isProved).toBe(false);
  expect((await current()).proofs?.source?.asked).toMatchObject({ at: asked, since: asked });
  ports.clock.advance(700);
  await deliver('source');
  await deliver('target');
  expect(await pollOnce()).toMatchObject({ lateMs: 0, isProved: true });
  const { proofs, gap } = await current();
  for (const side of ['source', 'target'] as const) {
    expect(proofs?.[side]).toMatchObject({ provedAt: asked, tookMs: 700 });
    expect(proofs?.[side]?.asked).toBeUndefined();
  }
  expect(gap).toBeUndefined();
});

test('the entry of a proof is waited for until it has come through', async () => {
  const { ports, pollOnce, current } = await armed();
  ports.clock.advance(11 * MINUTE_MS);
  await pollOnce();
  const migration = await current();
  const key = lastSentinelKey(migration.proofs?.target?.asked?.nonce ?? '');
  expect(isPendingProof(migration, key)).toBe(true);
  expect(isPendingProof(migration, lastSentinelKey('another'))).toBe(false);
});

test('F8: a missing proof is late since the first one that is missing, however often it is requested', async () => {
  const { ports, pollOnce, current } = await armed();
  ports.clock.advance(11 * MINUTE_MS);
  await pollOnce();
  for (let n = 0; n < 5; n += 1) {
    ports.clock.advance(2 * MINUTE_MS);
    await pollOnce();
  }
  expect(lateMs(await current(), ports.clock.now())).toBe(10 * MINUTE_MS);
});

test.each<[string, (world: Awaited<ReturnType<typeof armed>>) => Promise<unknown>, RegExp]>([
  [
    'the stream was replaced',
    ({ ports, source }) => ports.streamReaders.change(source, { stream: 'stream-2' }),
    /stream .* replaced/,
  ],
  [
    'the table has no stream',
    async ({ ports, source }) => ports.streamReaders.endStream(source),
    /stream .* replaced/,
  ],
  [
    'no process reads the stream',
    ({ ports, target }) => ports.streamReaders.change(target, { isOn: false }),
    /no process reads/,
  ],
  [
    'another reader reads it',
    ({ ports, target }) => ports.streamReaders.change(target, { reader: 'reader-2' }),
    /another reader/,
  ],
  [
    'nothing has proved capture for half a day',
    async ({ ports }) => ports.clock.advance(13 * HOUR_MS),
    /no proof of capture .* 13 h 00 min/,
  ],
  [
    'the proofs that came through are half a day apart',
    async ({ ports, pollOnce, deliver }) => {
      ports.clock.advance(11 * MINUTE_MS);
      await pollOnce();
      ports.clock.advance(13 * HOUR_MS);
      await deliver('source');
      await deliver('target');
    },
    /took 13 h 00 min to be captured/,
  ],
])('F4: the journal is incomplete if %s', async (_, happens, reason) => {
  const world = await armed();
  await happens(world);
  await world.pollOnce();
  expect((await world.current()).gap?.reason).toMatch(reason);
  expect((await world.events()).at(-1)).toMatch(/may lack changes/);
});

test('F4: a gap is reported once, and is renewed while it lasts', async () => {
  const { ports, target, pollOnce, current, events } = await armed();
  await ports.streamReaders.change(target, { isOn: false });
  await pollOnce();
  ports.clock.advance(MINUTE_MS);
  await pollOnce();
  expect((await current()).gap?.at).toBe(ports.clock.now());
  expect((await events()).filter((reason) => reason.includes('may lack changes'))).toHaveLength(1);
});

/** Delivers each proof after a time; `dropped` sides deliver nothing. */
const delivering = (
  world: Awaited<ReturnType<typeof armed>>,
  { afterMs, dropped = [] }: { afterMs: number; dropped?: readonly Side[] },
) => {
  const { ports, migration } = world;
  const due: { readonly at: number; readonly side: Side; readonly key: EntityKey }[] = [];
  const sideOf = (table: string): Side => (table === world.source ? 'source' : 'target');
  const sleep = ports.clock.sleep.bind(ports.clock);
  ports.clock.sleep = async (ms) => {
    await sleep(ms);
    for (const { at, side, key } of due)
      if (at <= ports.clock.now())
        await ports.journal.addEntries(migration.migrationId, side, [{ key, sequence: '1' }]);
  };
  return {
    ...ports,
    partition: (tenantId: Migration['tenantId']) => {
      const partition = ports.partition(tenantId);
      const write: typeof partition.write = async (table, batch, signal) => {
        for (const { entityKey } of batch.puts) {
          const key = (entityKey?.S ?? '') as EntityKey;
          if (!dropped.includes(sideOf(table)))
            due.push({ at: ports.clock.now() + afterMs, side: sideOf(table), key });
        }
        return partition.write(table, batch, signal);
      };
      return { ...partition, read: partition.read, get: partition.get, count: partition.count, write };
    },
  };
};

test('F8: a fence is preceded by a proof that came back on both sides', async () => {
  const world = await armed();
  const ports = delivering(world, { afterMs: 800 });
  const { provedAt, migration } = await proveCapture(ports, await world.current());
  expect(provedAt).toBe(ports.clock.monotonic());
  expect(migration.proofs?.source).toMatchObject({ tookMs: expect.closeTo(800, -2) });
});

test.each(['source', 'target'] as const)('F8: no fence begins if capture of the %s is down', async (side) => {
  const world = await armed();
  const ports = delivering(world, { afterMs: 100, dropped: [side] });
  const { provedAt, migration } = await proveCapture(ports, await world.current());
  expect(provedAt).toBeUndefined();
  expect(migration.proofs?.[side]?.asked).toBeDefined();
  expect(lateMs(migration, ports.clock.now())).toBeGreaterThanOrEqual(ports.settings.maxProofMs);
});

test('F4: no fence begins while the journal is incomplete', async () => {
  const world = await armed();
  await world.ports.streamReaders.change(world.source, { stream: 'stream-2' });
  const ports = delivering(world, { afterMs: 100 });
  expect((await proveCapture(ports, await world.current())).provedAt).toBeUndefined();
});

test('F4, data F2: a stream that was replaced between two attempts is a gap, although capture is proved again', async () => {
  const { ports, source, pollOnce, current } = await armed();
  await ports.streamReaders.change(source, { stream: 'stream-2' });
  await noteArmed(ports, await current(), { side: 'source', table: source });
  await pollOnce();
  expect((await current()).gap?.reason).toMatch(/replaced/);
});
