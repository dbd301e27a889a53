import { expect, test } from 'vitest';
import { epochMs, readUnits, writeUnits } from '../../../functions/migration/names.ts';
import { aPlan, aSegment } from '../../support/records.ts';
import { consoleWorld, openMigration } from './console-world.ts';

const used = (read: number, write: number) => ({ read: readUnits(read), write: writeUnits(write) });
const nothing = used(0, 0);

const worldWithSegments = async () => {
  const world = consoleWorld();
  const migration = await openMigration(world.ports, { writeUnitsPerSecond: 500 });
  await world.ports.segments.add(migration.migrationId, [
    aSegment(1, {
      ...{ counted: 100, copied: { items: 104, bytes: 9_000 }, copyDone: true, throttles: 3 },
      compared: { items: 104, differing: 2, ms: 40, round: 1 },
      units: { survey: used(10, 0), copy: used(20, 200), verify: used(30, 0), cleanUp: nothing },
    }),
    aSegment(2, {
      ...{ counted: 50, copied: { items: 20, bytes: 2_000 }, throttles: 4 },
      units: { survey: used(5, 0), copy: used(4, 40), verify: nothing, cleanUp: nothing },
    }),
  ]);
  return { ...world, migration, path: `/api/migrations/${migration.migrationId}` };
};

test('figures add up what the segments have copied and used, under the limits in force', async () => {
  const { call, path, ports, migration } = await worldWithSegments();
  const convergence = { since: epochMs(0), backlog: 840, journalledPerSecond: 3, appliedPerSecond: 2 };
  await ports.migrations.update(migration, { convergence: { ...convergence, notConverging: true } });
  await ports.migrations.addWriteUnits(migration.migrationId, 'apply', writeUnits(9), 5);
  const { json } = await call(`${path}/figures`, { role: 'viewer' });
  expect(json).toMatchObject({
    ...{ itemsCopied: 124, bytesCopied: 11_000, differing: 2, throttles: 12, backlog: 840 },
    applying: { journalledPerSecond: 3, appliedPerSecond: 2 },
    units: {
      survey: { read: 15, write: 0 },
      copy: { read: 24, write: 240 },
      verify: { read: 30, write: 0 },
    },
    limits: { readUnitsPerSecond: ports.settings.readUnitsPerSecond, writeUnitsPerSecond: 500 },
  });
  expect(json.items.copied).toBe(120);
});

test('figures show what a rollback has deleted, and the units that it used', async () => {
  const { call, path, ports, migration } = await worldWithSegments();
  await ports.migrations.addDiscardedItems(migration.migrationId, 70);
  await ports.migrations.addWriteUnits(migration.migrationId, 'discard', writeUnits(140));
  const { json } = await call(`${path}/figures`);
  expect(json).toMatchObject({ itemsDiscarded: 70, units: { discard: { read: 0, write: 140 } } });
});

test('figures predict the flip from the plan and the speed so far, which changes no tag', async () => {
  const { call, path, ports, migration } = await worldWithSegments();
  expect((await call(`${path}/figures`)).json.expectedFlipAt).toBeNull();
  await ports.migrations.savePlan(migration.migrationId, aPlan(migration));
  await ports.migrations.noteStage(migration.migrationId, 'copy', { startedAt: ports.clock.now() });
  ports.clock.advance(10_000);
  const first = await call(`${path}/figures`);
  expect(Date.parse(first.json.expectedFlipAt)).toBeGreaterThan(ports.clock.now());
  ports.clock.advance(1);
  expect((await call(`${path}/figures`)).headers.get('etag')).toBe(first.headers.get('etag'));
});

test('figures that have not changed keep their tag for some seconds, and get a new one then', async () => {
  const { call, path, ports } = await worldWithSegments();
  const tag = async () => (await call(`${path}/figures`)).headers.get('etag');
  const first = await tag();
  expect(await tag()).toBe(first);
  ports.clock.advance(15_000);
  expect(await tag()).not.toBe(first);
});

test('comparisons hold checksums of both sides, and no key', async () => {
  const { call, path, ports, migration } = await worldWithSegments();
  const side = { items: 104, bytes: 9_000, checksum: 'a1' };
  await ports.segments.record(
    migration.migrationId,
    aSegment(1).number,
    {
      ...{ verified: { source: side, target: { ...side, checksum: 'b2' }, changed: 1 }, kept: side },
      mismatch: { differences: [{ key: 'STUDENT#ana-lopez' as never, kind: 'missing' }], differing: 1 },
    },
    'verify',
    nothing,
  );
  const { json, text } = await call(`${path}/comparisons`, { role: 'viewer' });
  expect(json.segments[1]).toEqual({
    ...{ number: 1, items: 100, differing: 1 },
    verified: { source: side, target: { ...side, checksum: 'b2' }, changed: 1 },
    keptSource: { atFlip: side, afterHold: null, expiringItems: 0 },
  });
  expect(json.segments[2]).toMatchObject({ verified: null, keptSource: null });
  expect(text).not.toContain('ana-lopez');
});

test('a segment differs only if a comparison found keys that differ', async () => {
  const { call, path, ports, migration } = await worldWithSegments();
  const side = { items: 104, bytes: 9_000, checksum: 'a1' };
  const verified = { source: side, target: side, changed: 0 };
  const stateWith = async (differing: number) => {
    // a comparison saves a mismatch whether or not it found keys
    const found = { verified, mismatch: { differences: [], differing } };
    await ports.segments.record(migration.migrationId, aSegment(1).number, found, 'verify', nothing);
    const { json } = await call(`${path}/segments`);
    return json.segments[1].state;
  };
  expect(await stateWith(0)).toBe('verified');
  ports.clock.advance(5_000);
  expect(await stateWith(2)).toBe('differs');
});

test('a migration names the execution of its latest attempt', async () => {
  const { call, path, migration } = await worldWithSegments();
  const { json } = await call(path);
  expect(json.executionArn).toMatch(new RegExp(`:execution:.*:${migration.migrationId}-1$`));
});

test('the audit trail is given from where the caller has it', async () => {
  const { call, path, ports, migration } = await worldWithSegments();
  const event = { who: 'ana', reason: 'noted', at: ports.clock.now() };
  await ports.migrations.transition(migration, 'copying', event);
  const { json: whole } = await call(`${path}/events`);
  const { json: tail } = await call(`${path}/events?after=1`);
  expect(whole.events).toHaveLength(2);
  expect(tail.events).toEqual(whole.events.slice(1));
  expect((await call(`${path}/events?after=-1`)).json).toMatchObject({ status: 400, code: 'InvalidRequest' });
});
