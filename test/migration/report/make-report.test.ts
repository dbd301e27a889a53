import { expect, test } from 'vitest';
import { transferOf } from '../../../functions/migration/apply/transfer.ts';
import { concludeCopy } from '../../../functions/migration/copy/conclude-copy.ts';
import type { Cutover } from '../../../functions/migration/cutover/cutover-context.ts';
import { fenceWrites, flipRoute, reopenAfterCutover } from '../../../functions/migration/cutover/fence.ts';
import { Unavailable } from '../../../functions/migration/errors.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import {
  epochMs,
  readUnits,
  type SegmentNumber,
  tableName,
  writeUnits,
} from '../../../functions/migration/names.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { confirmRegistry } from '../../../functions/migration/registry/confirm-registry.ts';
import { updateTenantRegistry } from '../../../functions/migration/registry/update-tenant-registry.ts';
import { makeReport } from '../../../functions/migration/report/make-report.ts';
import { decideRollback } from '../../../functions/migration/rollback/decide-rollback.ts';
import { compareKeptSegment } from '../../../functions/migration/verify/compare-kept-segment.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { heldMigration } from '../../support/held-migration.ts';
import { aMigration, aSegment } from '../../support/records.ts';

const MINUTE = 60_000;

test('a retry after the flip lengthens no stage before it', async () => {
  const ports = fakePorts();
  const startedAt = ports.clock.now();
  const migration = aMigration({
    status: 'holding',
    registryChange: 'confirmed',
    stages: { provision: { startedAt }, flip: { startedAt: epochMs(startedAt + 1_000) } },
    flippedAt: epochMs(startedAt + 4_000),
  });
  await ports.migrations.create(migration);
  ports.registry.confirmMove = async () => {};
  for (const waited of [5_000, 8 * MINUTE]) {
    ports.clock.advance(waited);
    await confirmRegistry(ports, migration);
  }
  const now = (await ports.migrations.get(migration.migrationId)) ?? migration;
  expect((await makeReport(ports, now)).durations).toMatchObject({
    flip: 3_000,
    toFlipMs: 4_000,
    totalMs: 8 * MINUTE + 5_000,
  });
});

/** A migration on fakes whose segments are copied, with a clock that starts at its first work. */
const copiedWorld = async () => {
  const ports = fakePorts();
  const startedAt = ports.clock.now();
  const migration = aMigration({
    status: 'copying',
    stages: { provision: { startedAt, endedAt: startedAt }, copy: { startedAt } },
  });
  const { migrationId } = migration;
  await ports.migrations.create(migration);
  await ports.migrations.chooseTarget(migration, { table: tableName('target'), createsTable: false });
  await ports.segments.add(migrationId, [aSegment(0, { copyDone: true })]);
  const read = async () => (await ports.migrations.get(migrationId)) ?? migration;
  ports.registry.setPending = async () => {
    ports.clock.advance(20);
  };
  return {
    ports,
    migrationId,
    /** Concludes the copy, and updates the registry after the time for which changes are applied and compared. */
    async catchUp(ms: number) {
      await concludeCopy(ports, await read());
      ports.clock.advance(ms);
      await updateTenantRegistry(ports, await read());
    },
    read,
    update: async () => updateTenantRegistry(ports, await read()),
    durations: async () => (await makeReport(ports, await read())).durations,
  };
};

test('the copy stage includes applying changes and comparing, and the registry stage has its own step only', async () => {
  const { ports, catchUp, durations } = await copiedWorld();
  ports.clock.advance(3_000);
  await catchUp(40_000);
  expect(await durations()).toMatchObject({ provision: 0, copy: 43_000, registry: 20 });
});

test('a registry step that is tried again lengthens its own stage only', async () => {
  const { ports, catchUp, update, durations } = await copiedWorld();
  const { setPending } = ports.registry;
  ports.registry.setPending = () => Promise.reject(new Unavailable('connection reset'));
  await expect(catchUp(40_000)).rejects.toThrow(Unavailable);
  ports.registry.setPending = setPending;
  ports.clock.advance(2_000);
  await update();
  expect(await durations()).toMatchObject({ copy: 40_000, registry: 2_020 });
});

test('a second attempt ends the copy stage again', async () => {
  const { ports, catchUp, durations } = await copiedWorld();
  await catchUp(4_000);
  ports.clock.advance(5_980);
  await catchUp(1_000);
  expect(await durations()).toMatchObject({ copy: 11_000, registry: 7_020 });
});

test('a copy whose changes were not all applied and compared has no duration', async () => {
  const { ports, read, durations } = await copiedWorld();
  await concludeCopy(ports, await read());
  ports.clock.advance(1_000);
  const { copy, registry } = await durations();
  expect({ copy, registry }).toEqual({ copy: undefined, registry: undefined });
});

test('a migration whose copy an earlier version concluded keeps its times: the five stages do not overlap', async () => {
  const { ports, migrationId, update, durations } = await copiedWorld();
  ports.clock.advance(3_000);
  const now = ports.clock.now();
  await ports.migrations.noteStage(migrationId, 'copy', { endedAt: now });
  await ports.migrations.noteStage(migrationId, 'registry', { startedAt: now });
  ports.clock.advance(40_000);
  await update();
  expect(await durations()).toMatchObject({ copy: 3_000, registry: 40_020 });
});

const forwardCutover = async (ports: Ports, migration: Migration): Promise<Cutover> => ({
  ports,
  migration,
  direction: 'forward',
  transfer: await transferOf(ports, migration, 'forward'),
});

test('the fenced time is that of all fences, and the fence of the flip is shown separately', async () => {
  const { ports, migration, route } = await cutoverWorld();
  const cutover = await forwardCutover(ports, migration);
  let now: Migration = migration;
  const fence = async (ms: number) => {
    const at = (await ports.routes.get(route.tenantId)) ?? route;
    const fenced = await fenceWrites({ ...cutover, migration: now }, at);
    ports.clock.advance(ms);
    return fenced;
  };
  const read = async () => (await ports.migrations.get(migration.migrationId)) ?? migration;
  for (const ms of [8_000, 7_000]) {
    await fence(ms);
    await reopenAfterCutover({ ...cutover, migration: now });
    now = await read();
  }
  await flipRoute(await fence(1_300));
  const { durations, cutovers } = await makeReport(ports, await read());
  expect({ durations, cutovers }).toMatchObject({
    durations: { fenceMs: 1_300, fencedMs: 16_300 },
    cutovers: 3,
  });
});

test('a fence under which a step crashed counts at most to its deadline', async () => {
  const { ports, migration, route } = await cutoverWorld();
  const { migration: fenced } = await fenceWrites(await forwardCutover(ports, migration), route);
  ports.clock.advance(MINUTE);
  await decideRollback(ports, fenced);
  const now = await ports.migrations.get(migration.migrationId);
  expect((await makeReport(ports, now ?? migration)).durations.fencedMs).toBe(ports.settings.maxFenceMs);
});

test('reads of a failed try count like those of the try that succeeds', async () => {
  const { ports, migration, segment } = await heldMigration();
  const units = async () => (await ports.segments.get(migration.migrationId, segment)).units.verify.read;
  const failing: Ports = {
    ...ports,
    partition: (tenantId) => {
      const real = ports.partition(tenantId);
      let reads = 0;
      return Object.assign(Object.create(real), {
        read: (...given: Parameters<typeof real.read>) => {
          reads += 1;
          return reads > 2 ? Promise.reject(new Unavailable('connection reset')) : real.read(...given);
        },
      });
    },
    settings: { ...ports.settings, pageItems: 1 },
  };
  await expect(compareKeptSegment(failing, migration, segment)).rejects.toThrow(Unavailable);
  const lost = await units();
  expect(lost).toBeGreaterThan(0);
  await compareKeptSegment(ports, migration, segment);
  expect(await units()).toBeGreaterThan(lost);
});

test('write units of applying and of discarding are in the report', async () => {
  const ports = fakePorts();
  const migration = aMigration({ status: 'catchingUp' });
  await ports.migrations.create(migration);
  await ports.segments.add(migration.migrationId, [aSegment(0)]);
  await ports.segments.record(migration.migrationId, 0 as SegmentNumber, {}, 'copy', {
    read: readUnits(2),
    write: writeUnits(3),
  });
  for (const n of [4, 5]) await ports.migrations.addWriteUnits(migration.migrationId, 'apply', writeUnits(n));
  const now = await ports.migrations.get(migration.migrationId);
  expect((await makeReport(ports, now ?? migration)).units).toMatchObject({
    copy: { read: 2, write: 3 },
    apply: { write: 9 },
    discard: { write: 0 },
  });
});

test('a note says who cancelled a migration, or rolled it back after its flip', async () => {
  const cancellation = { by: 'ana', reason: 'reports are slow' };
  const notes = async (change: Partial<Migration>) =>
    (await makeReport(fakePorts(), aMigration({ cancellation, ...change }))).notes;
  expect(await notes({ status: 'cancelled' })).toEqual(['cancelled by ana: reports are slow']);
  const failure = {
    error: 'MigrationCancelled',
    cause: 'cancelled by ana: reports are slow',
    at: epochMs(1),
  };
  expect(await notes({ status: 'cancelled', failure })).toEqual(['cancelled by ana: reports are slow']);
  expect(await notes({ status: 'rolledBack', flippedAt: epochMs(1), reverseFlippedAt: epochMs(2) })).toEqual([
    'rolled back by ana: reports are slow',
  ]);
});

test('a failure that a retry mended is not a failure of a completed migration', async () => {
  const ports = fakePorts();
  const failure = { error: 'SegmentClaimed', cause: 'another worker has segment 3', at: epochMs(1) };
  const notes = async (status: Migration['status']) =>
    (await makeReport(ports, aMigration({ status, failure }))).notes;
  expect(await notes('completed')).toEqual([
    'an earlier attempt stopped: SegmentClaimed: another worker has segment 3',
  ]);
  expect(await notes('rolledBack')).toEqual(['failed: SegmentClaimed: another worker has segment 3']);
});
