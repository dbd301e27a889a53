import { expect, test } from 'vitest';
import { Conflict } from '../../functions/migration/errors.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import {
  entityKey,
  epochMs,
  type MigrationId,
  type RoutingEpoch,
  writeUnits,
} from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import type { BlockingField } from '../../functions/migration/record/migrations-port.ts';
import type { Report } from '../../functions/migration/report/report.ts';
import {
  aMigration,
  aPlan,
  aRoute,
  aTable,
  aTenant,
  newTableName,
  newTenantId,
  someIndexChecks,
} from '../support/records.ts';
import { collect } from '../support/tenants.ts';
import { inBothWorlds } from '../support/worlds.ts';

const event = { who: 'test', reason: 'to see', at: epochMs(Date.UTC(2026, 0, 2)) };

inBothWorlds('migrations', (ports) => {
  const created = async (given: Parameters<typeof aMigration>[0] = {}) => {
    const migration = aMigration(given);
    await ports().migrations.create(migration, await ports().migrations.latest(migration.tenantId));
    return migration;
  };

  test('a field that another operator has changed since it was read refuses a transition', async () => {
    const { migrations } = ports();
    const first = await created({ status: 'copying' });
    const controlledAt = epochMs(Date.UTC(2026, 0, 5));
    const change = (from: Migration, given: Parameters<typeof migrations.transition>[3]) =>
      migrations.transition(from, 'copying', event, given, undefined, [], ['controlledAt', 'holdMs']);
    const second = await change(first, { controlledAt });
    await expect(change(first, { controlledAt })).rejects.toThrow(Conflict);
    const third = await change(second, { holdMs: 7 });
    await expect(change(second, { holdMs: 8 })).rejects.toThrow(Conflict);
    expect((await migrations.get(first.migrationId))?.holdMs).toBe(7);
    expect((await change(third, { holdMs: 8 })).holdMs).toBe(8);
  });

  test('a list goes on before a migration, whatever is read at once', async () => {
    const { migrations } = ports();
    const tenantId = newTenantId();
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      const migration = aMigration({ tenantId, status: n % 2 === 0 ? 'failed' : 'completed', dryRun: true });
      await migrations.create(migration);
      ids.unshift(migration.migrationId);
    }
    const listed = async (filter: Parameters<typeof migrations.list>[0]) =>
      (await collect(migrations.list(filter))).map(({ migrationId }) => migrationId);
    const before = ids[1] as MigrationId;
    expect(await listed({ tenantId, atOnce: 1 })).toEqual(ids);
    expect(await listed({ tenantId, before, atOnce: 2 })).toEqual(ids.slice(2));
    const all = await listed({ before, atOnce: 1 });
    expect(all.filter((id) => ids.includes(id))).toEqual(ids.slice(2));
  });

  test('a migration is read as it was written', async () => {
    const whole = await created({
      status: 'holding',
      failure: {
        ...{ error: 'Throttled', cause: 'many', at: epochMs(7) },
        next: { action: 'retry', migrationId: 'mig-1' },
      },
      cancellation: { by: 'me', reason: '' },
      stages: { provision: { startedAt: epochMs(1), endedAt: epochMs(2) }, copy: { startedAt: epochMs(3) } },
      fencedAt: epochMs(4),
      flippedAt: epochMs(5),
      tableGoneIn: 1,
      finalBackup: 'arn',
    });
    expect(await ports().migrations.get(whole.migrationId)).toEqual(whole);
    const bare = await created();
    expect(await ports().migrations.get(bare.migrationId)).toEqual(bare);
    expect(await ports().migrations.get('none' as MigrationId)).toBeUndefined();
  });

  test('a duplicate id is a conflict, and the first record stays', async () => {
    const first = await created();
    await expect(ports().migrations.create({ ...first, reason: 'another' })).rejects.toThrow(Conflict);
    expect(await ports().migrations.get(first.migrationId)).toEqual(first);
  });

  test('of concurrent requests of a tenant one is made; it is the latest, and the next request reads it', async () => {
    const { migrations } = ports();
    const tenantId = newTenantId();
    for (let round = 0; round < 2; round += 1) {
      const before = await migrations.latest(tenantId);
      const rivals = Array.from({ length: 4 }, () => aMigration({ tenantId }));
      const outcomes = await Promise.allSettled(rivals.map((rival) => migrations.create(rival, before)));
      const made = rivals.filter((_, n) => outcomes[n]?.status === 'fulfilled');
      expect(made).toHaveLength(1);
      expect(await migrations.latest(tenantId)).toBe(made[0]?.migrationId);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(Conflict);
      const found = await Promise.all(rivals.map(({ migrationId }) => migrations.get(migrationId)));
      expect(found.filter((one) => one !== undefined)).toEqual(made);
    }
    await migrations.create(aMigration({ tenantId, dryRun: true }));
    expect((await collect(migrations.list({ tenantId }))).filter(({ dryRun }) => dryRun)).toHaveLength(1);
    expect(await migrations.latest(newTenantId())).toBeUndefined();
  });

  test('the latest time until which writes may arrive late is kept, and a closed migration does not change', async () => {
    const { migrations } = ports();
    const { migrationId } = await created({ status: 'copying' });
    const seen = async (id = migrationId) => (await migrations.get(id))?.lateCallsOutAt;
    for (const [outAt, kept] of [
      [50, 50],
      [40, 50],
      [60, 60],
    ]) {
      await migrations.noteLateCalls(migrationId, epochMs(outAt ?? 0));
      expect(await seen()).toBe(kept);
    }
    const closed = await created({ status: 'completed' });
    await migrations.noteLateCalls(closed.migrationId, epochMs(1));
    expect(await migrations.get(closed.migrationId)).toEqual(closed);
    await migrations.noteLateCalls('none' as MigrationId, epochMs(1));
    expect(await migrations.get('none' as MigrationId)).toBeUndefined();
  });

  test('the time from which a held cutover could begin is noted once, and not after a release or a retry', async () => {
    const { migrations } = ports();
    const held = await created({ status: 'catchingUp', cutoverHeld: true });
    await migrations.noteHeldReady({ ...held, attempt: held.attempt + 1 }, epochMs(1));
    expect(await migrations.get(held.migrationId)).toEqual(held);
    for (const at of [2, 3]) await migrations.noteHeldReady(held, epochMs(at));
    expect(await migrations.get(held.migrationId)).toEqual({ ...held, waitsForOperatorSince: 2 });
    const released = await created({ status: 'catchingUp' });
    await migrations.noteHeldReady(released, epochMs(4));
    expect(await migrations.get(released.migrationId)).toEqual(released);
  });

  test('the first failure of an attempt that no retry can mend is kept', async () => {
    const { migrations } = ports();
    const { migrationId } = await created({ status: 'copying', attempt: 2 });
    const note = async (error: string, attempt: number, isRetried?: true) => {
      const failure = { error, cause: 'c', at: epochMs(1), attempt, ...(isRetried ? { isRetried } : {}) };
      await migrations.noteStepFailure(migrationId, 'forward', failure);
      return (await migrations.get(migrationId))?.stepFailure?.error;
    };
    expect(await note('of an earlier attempt', 1)).toBeUndefined();
    expect(await note('Throttled', 2, true)).toBe('Throttled');
    expect(await note('Unavailable', 2, true)).toBe('Unavailable');
    expect(await note('ForeignWrite', 2)).toBe('ForeignWrite');
    expect(await note('Throttled', 2, true)).toBe('ForeignWrite');
    expect(await note('VerificationMismatch', 2)).toBe('ForeignWrite');
    const now = await migrations.get(migrationId);
    expect(now).not.toHaveProperty('rollbackStepFailure');
    if (now) await migrations.update(now, { attempt: 3 });
    expect(await note('of the next attempt', 3)).toBe('of the next attempt');
    await migrations.noteStepFailure(migrationId, 'rollback', {
      ...{ error: 'Unavailable', cause: 'c', at: epochMs(1), attempt: 3 },
    });
    expect(await migrations.get(migrationId)).toMatchObject({
      stepFailure: { error: 'of the next attempt' },
      rollbackStepFailure: { error: 'Unavailable' },
    });
  });

  test('write units outside of segments add up until the migration is closed', async () => {
    const { migrations } = ports();
    const { migrationId } = await created({ status: 'copying' });
    for (const n of [1, 2.5]) await migrations.addWriteUnits(migrationId, 'apply', writeUnits(n));
    await migrations.addWriteUnits(migrationId, 'discard', writeUnits(4));
    for (const n of [2, 3]) await migrations.addWriteUnits(migrationId, 'apply', writeUnits(0), n);
    expect(await migrations.get(migrationId)).toMatchObject({
      ...{ applyWriteUnits: 3.5, applyThrottles: 5, discardWriteUnits: 4 },
    });
    expect(await migrations.get(migrationId)).not.toHaveProperty('discardThrottles');
    const closed = await created({ status: 'completed' });
    await migrations.addWriteUnits(closed.migrationId, 'apply', writeUnits(1));
    expect(await migrations.get(closed.migrationId)).toEqual(closed);
  });

  test('discarded items add up until the migration is closed', async () => {
    const { migrations } = ports();
    const { migrationId } = await created({ status: 'rollingBack' });
    for (const items of [100, 40]) await migrations.addDiscardedItems(migrationId, items);
    expect(await migrations.get(migrationId)).toMatchObject({ discardedItems: 140 });
    const closed = await created({ status: 'rolledBack' });
    await migrations.addDiscardedItems(closed.migrationId, 1);
    expect(await migrations.get(closed.migrationId)).toEqual(closed);
  });

  test('the phases of a fence are read as they were saved', async () => {
    const { migrations } = ports();
    const migration = await created({ status: 'holding' });
    const forwardPhases = { leasesOut: 640, sentinels: 905, drained: 1_112 };
    const fences = { totalMs: 1_240, forwardMs: 1_240, forwardPhases };
    await migrations.update(migration, { fences });
    expect((await migrations.get(migration.migrationId))?.fences).toEqual(fences);
  });

  test('keys written after the leases had ended are read as they were saved', async () => {
    const { migrations } = ports();
    const { migrationId } = await created({ status: 'copying' });
    expect(await migrations.keysPastLeases(migrationId)).toEqual([]);
    const keys = ['a', '\u0000é'].map(entityKey);
    await migrations.saveKeysPastLeases(migrationId, keys);
    expect(await migrations.keysPastLeases(migrationId)).toEqual(keys);
  });

  test('a transition changes status and fields, and writes its event', async () => {
    const queued = await created({ failure: { error: 'e', cause: 'c', at: epochMs(1) } });
    const planning = await ports().migrations.transition(queued, 'planning', event, {
      failure: undefined,
      attempt: 2,
    });
    expect(planning).toMatchObject({ status: 'planning', attempt: 2 });
    expect(planning).not.toHaveProperty('failure');
    expect(await ports().migrations.get(queued.migrationId)).toEqual(planning);
    await ports().migrations.transition(planning, 'provisioning', { ...event, at: epochMs(event.at + 1) });
    const { requestedAt: at, requestedBy: who, reason } = queued;
    expect(await ports().migrations.events(queued.migrationId)).toEqual([
      { at, who, to: 'queued', reason },
      { ...event, from: 'queued', to: 'planning' },
      { ...event, at: event.at + 1, from: 'planning', to: 'provisioning' },
    ]);
  });

  test('a transition from an outdated state is a conflict and changes nothing', async () => {
    const queued = await created();
    const planning = await ports().migrations.transition(queued, 'planning', event);
    await expect(ports().migrations.transition(queued, 'cancelled', event)).rejects.toThrow(Conflict);
    const stale = { ...planning, attempt: 9 };
    await expect(ports().migrations.transition(stale, 'provisioning', event)).rejects.toThrow(Conflict);
    await expect(ports().migrations.transition(planning, 'holding', event)).rejects.toThrow(Conflict);
    expect(await ports().migrations.events(queued.migrationId)).toHaveLength(2);
  });

  test.each<{ what: string; set: Partial<Migration>; unless: BlockingField[]; isRefused?: true }>([
    {
      what: 'without any blocking field set is made',
      set: {},
      unless: ['cancellation', 'paused', 'cutoverHeld', 'reverseFlippedAt'],
    },
    { what: 'that names no blocking field is made', set: { paused: true }, unless: [] },
    { what: 'that names other fields is made', set: { paused: true }, unless: ['cancellation'] },
    {
      what: 'of a paused migration is refused',
      set: { paused: true },
      unless: ['cancellation', 'paused'],
      isRefused: true,
    },
    {
      what: 'of a held migration is refused',
      set: { cutoverHeld: true },
      unless: ['cutoverHeld'],
      isRefused: true,
    },
    {
      what: 'of a cancelled migration is refused',
      set: { cancellation: { by: 'ops', reason: 'no' } },
      unless: ['cancellation', 'paused'],
      isRefused: true,
    },
    {
      what: 'of a migration that has flipped back is refused',
      set: { reverseFlippedAt: epochMs(1) },
      unless: ['reverseFlippedAt'],
      isRefused: true,
    },
  ])('F12: a transition $what, with the route in one transaction', async (given) => {
    const { set, unless, isRefused = false } = given;
    const { migrations, registry, routes } = ports();
    const from = await created({ status: 'catchingUp', ...set });
    const table = aTable();
    const route = aRoute({ tenantId: from.tenantId, table: table.table });
    await registry.addTable(table);
    await registry.addTenant(aTenant({ tenantId: from.tenantId, table: table.table }), route);
    const to = { ...route, epoch: (route.epoch + 1) as RoutingEpoch, writes: 'fenced' as const };
    const change = migrations.transition(from, 'rollingBack', event, {}, { from: route, to }, unless);
    if (isRefused) await expect(change).rejects.toThrow(Conflict);
    else await change;
    expect((await migrations.get(from.migrationId))?.status).toBe(isRefused ? 'catchingUp' : 'rollingBack');
    expect(await routes.get(from.tenantId)).toEqual(isRefused ? route : to);
    expect(await migrations.events(from.migrationId)).toHaveLength(isRefused ? 1 : 2);
  });

  test('of concurrent transitions one is made, and each other is a conflict', async () => {
    const planning = await created({ status: 'planning' });
    const outcomes = await Promise.allSettled([
      ports().migrations.transition(planning, 'provisioning', event),
      ports().migrations.transition(planning, 'rollingBack', event),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(lost?.reason).toBeInstanceOf(Conflict);
    expect(await ports().migrations.events(planning.migrationId)).toHaveLength(2);
  });

  test('events of all migrations are listed from a given time, oldest first, each with its migration', async () => {
    const { migrations, clock } = ports();
    const now = clock.now();
    const [yesterday, hourAgo] = [epochMs(now - 24 * 60 * 60_000), epochMs(now - 60 * 60_000)];
    const first = await created({ requestedAt: yesterday });
    const second = await created({ requestedAt: hourAgo, dryRun: true });
    const target = { ...first.target, table: newTableName() };
    const change = { attempt: 2, target };
    await migrations.transition(first, 'planning', { ...event, at: epochMs(now - 1) }, change);
    const ours = async (since: number) =>
      (await collect(migrations.eventsSince(epochMs(since)))).filter(({ migrationId }) =>
        [first.migrationId, second.migrationId].includes(migrationId),
      );
    const all = await ours(yesterday);
    const subjectOf = ({ migrationId, tenantId, attempt, dryRun, source, target: to }: Migration) => ({
      ...{ migrationId, tenantId, attempt, dryRun, source, target: to },
      eventId: expect.stringContaining(migrationId),
    });
    expect(all).toEqual([
      { ...subjectOf(first), at: yesterday, who: 'test', to: 'queued', reason: 'to see' },
      { ...subjectOf(second), at: hourAgo, who: 'test', to: 'queued', reason: 'to see' },
      { ...subjectOf({ ...first, ...change }), ...event, at: now - 1, from: 'queued', to: 'planning' },
    ]);
    expect(new Set(all.map(({ eventId }) => eventId)).size).toBe(3);
    expect(await ours(hourAgo + 1)).toEqual(all.slice(2));
    expect(await collect(migrations.list({ tenantId: first.tenantId }))).toHaveLength(1);
  });

  test('an update requires only the attempt, and removes undefined fields', async () => {
    const read = await created();
    await ports().migrations.transition(read, 'planning', event);
    const updated = await ports().migrations.update(read, { paused: true, fencedAt: epochMs(1) });
    expect(updated).toMatchObject({ paused: true, fencedAt: 1, status: 'planning' });
    expect(await ports().migrations.update(updated, { fencedAt: undefined })).not.toHaveProperty('fencedAt');
    await expect(ports().migrations.update({ ...read, attempt: 2 }, { paused: false })).rejects.toThrow(
      Conflict,
    );
    await expect(ports().migrations.update(aMigration(), { paused: false })).rejects.toThrow(Conflict);
  });

  test('a stage begins once, and its latest end is kept', async () => {
    const { migrationId } = await created();
    const { migrations } = ports();
    await migrations.noteStage(migrationId, 'copy', { startedAt: epochMs(1) });
    await migrations.noteStage(migrationId, 'copy', { startedAt: epochMs(2), endedAt: epochMs(3) });
    await migrations.noteStage(migrationId, 'copy', { endedAt: epochMs(4) });
    await migrations.noteStage(migrationId, 'flip', { startedAt: epochMs(5) });
    expect((await migrations.get(migrationId))?.stages).toEqual({
      copy: { startedAt: 1, endedAt: 4 },
      flip: { startedAt: 5 },
    });
    const gone = aMigration().migrationId;
    await migrations.noteStage(gone, 'copy', { startedAt: epochMs(1) });
    expect(await migrations.get(gone)).toBeUndefined();
  });

  test('a list is ordered latest first, for a tenant, a status, both, or all', async () => {
    const tenantId = newTenantId();
    const first = await created({ tenantId, status: 'completed' });
    const second = await created({ tenantId, status: 'cuttingOver' });
    const other = await created({ status: 'cuttingOver' });
    const ids = async (filter: Parameters<Ports['migrations']['list']>[0]) =>
      (await collect(ports().migrations.list(filter))).map((one) => one.migrationId);
    const [a, b, c] = [first, second, other].map((one) => one.migrationId);
    expect(await ids({ tenantId })).toEqual([b, a]);
    expect(await ids({ tenantId, status: 'completed' })).toEqual([a]);
    expect(await ids({ status: 'cuttingOver' })).toEqual([c, b]);
    expect((await ids({})).slice(0, 3)).toEqual([c, b, a]);
    expect(await ids({ tenantId: newTenantId() })).toEqual([]);
  });

  test('a target is chosen again while nothing is reserved; a partition is claimed where it was chosen', async () => {
    const migration = await created({ status: 'provisioning' });
    const { migrationId } = migration;
    const { migrations } = ports();
    const [first, second] = [newTableName(), newTableName()];
    expect(await migrations.undoRecord(migrationId)).toBeUndefined();
    await expect(migrations.claimPartition(migrationId, first)).rejects.toThrow(Conflict);
    await migrations.chooseTarget(migration, { table: first, createsTable: true });
    await migrations.chooseTarget(migration, { table: second, createsTable: false });
    await expect(migrations.claimPartition(migrationId, first)).rejects.toThrow(Conflict);
    const record = { table: second, createsTable: false };
    expect(await migrations.undoRecord(migrationId)).toEqual({ ...record, partitionClaimed: false });
    await migrations.claimPartition(migrationId, second);
    await migrations.claimPartition(migrationId, second);
    expect(await migrations.undoRecord(migrationId)).toEqual({ ...record, partitionClaimed: true });
  });

  test('a late choice of the target changes nothing', async () => {
    const { migrations } = ports();
    const changes = [
      (from: Migration) => migrations.update(from, { registryChange: 'reserved' }),
      (from: Migration) => migrations.update(from, { attempt: from.attempt + 1 }),
      (from: Migration) => migrations.transition(from, 'rollingBack', event),
    ];
    for (const change of changes) {
      const migration = await created({ status: 'provisioning' });
      const target = { table: newTableName(), createsTable: true };
      await migrations.chooseTarget(migration, target);
      await migrations.claimPartition(migration.migrationId, target.table);
      await change(migration);
      await expect(migrations.chooseTarget(migration, target)).rejects.toThrow(Conflict);
      expect(await migrations.undoRecord(migration.migrationId)).toMatchObject({ partitionClaimed: true });
    }
  });

  test('a plan and a report larger than an item are read as written, on every write', async () => {
    const migration = await created();
    const { migrations } = ports();
    expect(await migrations.plan(migration.migrationId)).toBeUndefined();
    expect(await migrations.report(migration.migrationId)).toBeUndefined();
    const plan = aPlan(migration);
    await migrations.savePlan(migration.migrationId, plan);
    expect(await migrations.plan(migration.migrationId)).toEqual(plan);
    // a thousand keys of 1 KB, of characters that JSON escapes or that UTF-8 lengthens
    for (const characters of ['"\\é😀', 'a']) {
      const report = aReport(migration, characters);
      await migrations.saveReport(migration.migrationId, report);
      expect(await migrations.report(migration.migrationId)).toEqual(report);
    }
  });

  test('foreign keys with the answers about them, and the sentinels of the fence, are read as written', async () => {
    const { migrationId } = await created();
    const { migrations } = ports();
    expect(await migrations.foreign(migrationId)).toEqual({ differences: [] });
    expect(await migrations.fenceSentinels(migrationId)).toEqual([]);
    const difference = { key: entityKey('\u0000é'), kind: 'different' as const, source: 'aa', attempt: 2 };
    const asked = {
      differences: [difference],
      mismatches: [{ ...difference, attempt: 1 }],
      proof: entityKey('\u{10FFFF}'),
      since: epochMs(7),
    };
    for (const foreign of [asked, { differences: [] }]) {
      await migrations.saveForeign(migrationId, foreign);
      expect(await migrations.foreign(migrationId)).toEqual(foreign);
    }
    // more than an item holds, in any order
    const sentinels = Array.from({ length: 1_000 }, (_, n) => ({
      key: entityKey(`${String(n).padStart(4, '0')}${'\u0000k'.repeat(200)}`),
      sequence: `${n}`,
    }));
    await migrations.saveFenceSentinels(migrationId, sentinels.toReversed());
    expect(await migrations.fenceSentinels(migrationId)).toEqual(sentinels);
    await migrations.saveHotKeys(migrationId, [entityKey('k')]);
    for (let times = 0; times < 2; times += 1) await migrations.forgetKeys(migrationId);
    expect(await migrations.fenceSentinels(migrationId)).toEqual([]);
    expect(await migrations.hotKeys(migrationId)).toEqual([]);
  });

  test('the progress of the index check is read as written', async () => {
    const { migrationId } = await created();
    const { migrations } = ports();
    expect(await migrations.indexChecks(migrationId)).toBeUndefined();
    const done = { checkedAt: epochMs(9), deletedAt: epochMs(8), pending: [] };
    for (const checks of [someIndexChecks(), someIndexChecks(done)]) {
      await migrations.saveIndexChecks(migrationId, checks);
      expect(await migrations.indexChecks(migrationId)).toEqual(checks);
    }
  });

  test('the progress of a reading for that check is read as written, and deleted once it has ended', async () => {
    const { migrationId } = await created();
    const { migrations } = ports();
    expect(await migrations.indexValues(migrationId)).toBeUndefined();
    const values = { '0123456789abcdef': { items: 3, key: entityKey('é#1') } };
    const indexes = [{ index: 'by-school', uncountedItems: 2, values }];
    for (const through of [{ through: entityKey('é#2') }, {}]) {
      const reading = { attempt: 1, ...through, slices: 2, indexes };
      await migrations.saveIndexValues(migrationId, reading);
      expect(await migrations.indexValues(migrationId)).toEqual(reading);
    }
    await migrations.saveIndexValues(migrationId, undefined);
    expect(await migrations.indexValues(migrationId)).toBeUndefined();
  });

  test('while a long report is saved, a reader gets either the old or the new one, complete', async () => {
    const migration = await created();
    const { migrations } = ports();
    const versions = ['a', 'b', 'c'].map((character) => aReport(migration, character.repeat(8)));
    const [first] = versions;
    if (first) await migrations.saveReport(migration.migrationId, first);
    for (const next of versions) {
      const [, ...read] = await Promise.all([
        migrations.saveReport(migration.migrationId, next),
        ...Array.from({ length: 4 }, () => migrations.report(migration.migrationId)),
      ]);
      for (const report of read) expect(versions).toContainEqual(report);
      expect(await migrations.report(migration.migrationId)).toEqual(next);
    }
  });
});

const units = { read: 0, write: 0 } as Report['units']['copy'];
const empty = { items: 0, bytes: 0, checksum: '00' };

const aReport = (migration: ReturnType<typeof aMigration>, characters: string): Report => ({
  migrationId: migration.migrationId,
  tenantId: migration.tenantId,
  outcome: 'failed',
  attempts: 1,
  source: migration.source,
  target: migration.target,
  verified: { source: empty, target: empty, changed: 0 },
  differences: Array.from({ length: 1_000 }, (_, n) => ({
    key: entityKey(`${n}#${characters.repeat(100)}`),
    kind: 'missing',
  })),
  differing: 1_000,
  foreign: [],
  cutovers: 1,
  durations: { fencedMs: 0, totalMs: 1 },
  units: { survey: units, copy: units, verify: units, cleanUp: units, apply: units, discard: units },
  notes: ['naïve'],
  closedAt: new Date(1).toISOString(),
  sha256: '00',
});
