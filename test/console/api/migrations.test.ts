import { describe, expect, test } from 'vitest';
import { Throttled } from '../../../functions/migration/errors.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs, type MigrationId, type TierName, tableName } from '../../../functions/migration/names.ts';
import { makeReport } from '../../../functions/migration/report/make-report.ts';
import { aMigration, aPlan, aSegment } from '../../support/records.ts';
import { addTenant } from '../../support/tenants.ts';
import { consoleWorld, openMigration } from './console-world.ts';

const key = 'STUDENT#ana-lopez' as never;

/** A dry run of cedar to advanced that has ended with its plan. */
const planned = async (change: Partial<ReturnType<typeof aPlan>> = {}) => {
  const world = consoleWorld();
  const { ports, call } = world;
  await addTenant(ports, { tenantId: 'cedar', items: 20 });
  const body = { tenantId: 'cedar', to: { tier: 'advanced' }, reason: 'it grows' };
  const { json } = await call('/api/plans', { body });
  const id = json.migration.migrationId as MigrationId;
  const migration = await ports.migrations.get(id);
  if (!migration) throw new Error('no dry run');
  const plan = aPlan(migration, { plannedAt: ports.clock.now(), ...change });
  await ports.migrations.savePlan(id, plan);
  const shown = await call(`/api/migrations/${id}/plan`);
  const start = { plan: { migrationId: id, etag: shown.headers.get('etag') }, reason: 'it grows' };
  return { ...world, id, shown, start };
};

test('a dry run needs no reason', async () => {
  const { ports, call } = consoleWorld();
  await addTenant(ports, { tenantId: 'cedar', items: 20 });
  const { json } = await call('/api/plans', { body: { tenantId: 'cedar', to: { tier: 'advanced' } } });
  expect(await ports.migrations.get(json.migration.migrationId)).toMatchObject({
    ...{ dryRun: true, reason: 'planned by hand' },
  });
});

describe('a start quotes a plan', () => {
  test('and runs according to the plan, in the name of its subject', async () => {
    const { call, ports, start } = await planned();
    const started = await call('/api/migrations', {
      by: 'bea',
      body: { ...start, holdMs: 5, holdCutover: true },
    });
    expect(started.status).toBe(201);
    const made = await ports.migrations.get(started.json.migration.migrationId);
    expect(made).toMatchObject({
      tenantId: 'cedar',
      target: { tier: 'advanced', placement: 'shared' },
      dryRun: false,
      holdMs: 5,
      cutoverHeld: true,
      requestedBy: 'bea',
    });
  });

  test('that is not older than 15 minutes', async () => {
    const { call, ports, start } = await planned();
    ports.clock.advance(15 * 60_000 + 1);
    expect((await call('/api/migrations', { body: start })).json).toMatchObject({
      status: 409,
      code: 'PlanExpired',
      detail: 'the plan is older than 15 minutes. Nothing was changed',
    });
  });

  test('in the version that was seen', async () => {
    const { call, ports, id, start } = await planned();
    const plan = await ports.migrations.plan(id);
    if (!plan) throw new Error('no plan');
    await ports.migrations.savePlan(id, { ...plan, items: plan.items + 1 });
    expect((await call('/api/migrations', { body: start })).json).toMatchObject({
      status: 412,
      code: 'PlanChanged',
    });
  });

  test('that has no blockers', async () => {
    const blocker = { level: 'blocker', code: 'x', message: 'm', remedy: 'r' } as const;
    const { call, start } = await planned({ findings: [blocker] });
    expect((await call('/api/migrations', { body: start })).json).toMatchObject({
      status: 409,
      code: 'MigrationBlocked',
      detail: 'the plan has blockers. Nothing was changed',
    });
  });

  test('and starts nothing without one', async () => {
    const { call, ports } = await planned();
    const refused = await call('/api/migrations', { body: { tenantId: 'cedar', reason: 'x' } });
    expect(refused.json).toMatchObject({ status: 400, code: 'InvalidRequest' });
    expect(refused.json.issues.map(({ path }: { path: string }) => path)).toContain('body.plan');
    expect(await ports.migrations.latest('cedar' as never)).toBeUndefined();
  });
});

describe('a read', () => {
  test('is not sent again to a caller that has the state', async () => {
    const world = consoleWorld();
    const { migrationId } = await openMigration(world.ports);
    const path = `/api/migrations/${migrationId}`;
    const first = await world.call(path);
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    const again = await world.call(path, { headers });
    expect([first.status, again.status, again.text]).toEqual([200, 304, '']);
    const now = await world.ports.migrations.get(migrationId);
    if (!now) throw new Error('gone');
    await world.ports.migrations.update(now, { cutovers: 1 });
    expect((await world.call(path, { headers })).status).toBe(200);
  });

  test('of a migration with many segments reads them and its plan once for all pages, and its record each time', async () => {
    const { ports, call } = consoleWorld();
    const { migrationId } = await openMigration(ports);
    const many = Array.from({ length: 499 }, (_, number) => aSegment(number + 1));
    await ports.segments.add(migrationId, many);
    const { list } = ports.segments;
    let reads = 0;
    ports.segments.list = (id) => {
      reads += 1;
      return list.call(ports.segments, id);
    };
    let planReads = 0;
    ports.migrations.plan = async () => {
      planReads += 1;
      return aPlan(aMigration());
    };
    const path = `/api/migrations/${migrationId}`;
    const polls = await Promise.all([call(path), call(path), call(`${path}/segments`)]);
    expect(polls.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(polls[0]?.json.segments.total).toBe(500);
    expect(reads).toBe(1);
    const now = await ports.migrations.get(migrationId);
    if (!now) throw new Error('gone');
    await ports.migrations.update(now, { paused: true });
    expect((await call(path)).json.migration.paused).toBe(true);
    expect(reads).toBe(1);
    ports.clock.advance(5_000);
    await Promise.all([call(path), call(path)]);
    expect([reads, planReads]).toEqual([2, 1]);
  });

  test('of a migration without a plan reads it again until there is one', async () => {
    const { ports, call } = consoleWorld();
    const { migrationId } = await openMigration(ports, { status: 'provisioning' });
    const expectedFlip = async () =>
      (await call(`/api/migrations/${migrationId}/figures`)).json.expectedFlipAt;
    expect(await expectedFlip()).toBeNull();
    await ports.migrations.savePlan(migrationId, aPlan(aMigration()));
    expect(await expectedFlip()).not.toBeNull();
  });

  test('is repeated after a failed read of segments', async () => {
    const { ports, call } = consoleWorld();
    const { migrationId } = await openMigration(ports);
    const { list } = ports.segments;
    ports.segments.list = () => {
      ports.segments.list = list;
      throw new Throttled('too fast');
    };
    const path = `/api/migrations/${migrationId}`;
    expect((await call(path)).json).toMatchObject({ status: 503, code: 'Throttled' });
    expect((await call(path)).status).toBe(200);
  });

  test('contains the recommended action, and every action with its reason', async () => {
    const world = consoleWorld();
    const { migrationId } = await openMigration(world.ports, { paused: true });
    const { json } = await world.call(`/api/migrations/${migrationId}`);
    expect(json.next).toEqual({ action: 'resume', migrationId });
    expect(json.execution).toBe('running');
    const byName = Object.fromEntries(json.actions.map((one: { name: string }) => [one.name, one]));
    expect(byName.resume).toMatchObject({ allowed: true, reason: null, danger: 'none', confirm: 'none' });
    expect(byName.pause).toMatchObject({ allowed: false, reason: `${migrationId} is already paused` });
    const shown = await world.call(`/api/migrations/${migrationId}/actions`);
    expect(shown.headers.get('etag')).toBe(json.actionsTag);
  });

  test('shows keys of items to operators only', async () => {
    const world = consoleWorld();
    const { call, ports } = world;
    const migration = await openMigration(ports, { status: 'completed', flippedAt: epochMs(1) });
    const { migrationId } = migration;
    await ports.migrations.saveForeign(migrationId, { differences: [{ key, kind: 'different' }] });
    await ports.migrations.saveReport(migrationId, await makeReport(ports, migration));
    const finding = { level: 'warning', code: 'x', message: 'm', remedy: 'r', keys: [key] } as const;
    const unmovable = [{ kind: 'reserved-key', items: 1, keys: [key] }] as const;
    const { survey } = aPlan(migration);
    await ports.migrations.savePlan(
      migrationId,
      aPlan(migration, { findings: [finding], survey: { ...survey, unmovable } }),
    );
    for (const part of ['report', 'plan']) {
      const path = `/api/migrations/${migrationId}/${part}`;
      expect((await call(path, { role: 'operator' })).text, part).toContain(key);
      expect((await call(path, { role: 'viewer' })).text, part).not.toContain(key);
    }
    for (const part of ['', '/events', '/segments', '/actions'])
      expect((await call(`/api/migrations/${migrationId}${part}`)).text, part).not.toContain(key);
  });

  test('of a migration that is rolled back names its step, and the table in which the tenant lives', async () => {
    const [source, target] = ['saas-tenant-data-basic', 'saas-tenant-data-advanced'];
    const at = epochMs(1_000);
    const read = async (given: Partial<Migration>) => {
      const { call, ports } = consoleWorld();
      const location = {
        tier: 'advanced' as TierName,
        placement: 'shared',
        table: tableName(target),
      } as const;
      const { migrationId } = await openMigration(ports, { target: location, ...given });
      const { liveTable, rollback } = (await call(`/api/migrations/${migrationId}`)).json;
      return { liveTable, rollback };
    };
    expect(await read({})).toEqual({ liveTable: source, rollback: null });
    expect(await read({ status: 'holding', flippedAt: at })).toEqual({ liveTable: target, rollback: null });
    const flipped = { status: 'rollingBack', flippedAt: at } as const;
    expect(await read(flipped)).toEqual({ liveTable: target, rollback: { step: 'applying' } });
    const lateCallsOutAt = epochMs(consoleWorld().ports.clock.now() + 9_000);
    const reversed = { ...flipped, reverseFlippedAt: at, targetComparedAt: at, lateCallsOutAt };
    expect(await read(reversed)).toEqual({
      liveTable: source,
      rollback: { step: 'waiting', waitsUntil: new Date(lateCallsOutAt).toISOString() },
    });
  });

  test('gives the table that a flip has made live, in either direction', async () => {
    const { ports, call } = consoleWorld();
    const migration = await openMigration(ports, { status: 'cuttingOver' });
    const { migrationId, target, source } = migration;
    const note = { who: 'workflow, attempt 1', reason: 'flipped', at: ports.clock.now() };
    const held = await ports.migrations.transition(migration, 'holding', {
      ...note,
      flippedTo: target.table,
    });
    const undone = await ports.migrations.transition(held, 'rollingBack', note);
    await ports.migrations.transition(undone, 'rollingBack', { ...note, flippedTo: source.table });
    const { json } = await call(`/api/migrations/${migrationId}/events`);
    const flips = json.events.map(({ flippedTo }: { flippedTo?: string }) => flippedTo);
    expect(flips).toEqual([undefined, target.table, undefined, source.table]);
  });

  test('of something that does not exist says so', async () => {
    const { call, ports } = consoleWorld();
    const { migrationId } = await openMigration(ports);
    expect((await call('/api/migrations/mig-none')).json).toMatchObject({
      status: 404,
      code: 'MigrationNotFound',
    });
    expect((await call('/api/tenants/none')).json).toMatchObject({ status: 404, code: 'TenantNotFound' });
    expect((await call(`/api/migrations/${migrationId}/report`)).json).toMatchObject({
      status: 404,
      code: 'NoReport',
    });
    expect((await call('/api/nothing')).json).toMatchObject({ status: 404, code: 'NotFound' });
  });

  test('with invalid fields is refused with their names', async () => {
    const { call } = consoleWorld();
    const { json } = await call('/api/migrations?limit=1000&statu=copying');
    expect(json.status).toBe(400);
    expect(json.issues.map(({ path }: { path: string }) => path)).toEqual(['query.limit', 'query']);
  });
});

describe('a list of migrations', () => {
  const migrations = async (count: number) => {
    const world = consoleWorld();
    for (let n = 0; n < count; n += 1) {
      const status = n % 3 === 0 ? 'failed' : 'completed';
      await world.ports.migrations.create(aMigration({ status }), undefined);
    }
    return world;
  };

  test('is paged latest first, with each migration once', async () => {
    const { call, ports } = await migrations(12);
    const seen: string[] = [];
    let cursor: string | null = '';
    do {
      const { json } = await call(`/api/migrations?limit=5${cursor ? `&cursor=${cursor}` : ''}`);
      expect(json.migrations.length).toBeLessThanOrEqual(5);
      seen.push(...json.migrations.map((one: { migrationId: string }) => one.migrationId));
      cursor = json.cursor;
    } while (cursor !== null);
    const all = [];
    for await (const { migrationId } of ports.migrations.list({})) all.push(migrationId);
    expect(seen).toEqual(all);
  });

  test('is filtered, and its cursor is refused by another list', async () => {
    const { call } = await migrations(12);
    const failed = await call('/api/migrations?status=failed&limit=2');
    expect(failed.json.migrations.map((one: { status: string }) => one.status)).toEqual(['failed', 'failed']);
    const other = await call(`/api/migrations?status=completed&cursor=${failed.json.cursor}`);
    expect(other.json).toMatchObject({ status: 400, code: 'InvalidCursor' });
    expect((await call('/api/migrations?cursor=xyz')).json).toMatchObject({ code: 'InvalidCursor' });
  });
});

test('an unexpected error is not disclosed to the caller', async () => {
  const { call, ports } = consoleWorld();
  ports.migrations.get = async () => {
    throw new Error(`secret of ${key}`);
  };
  const { json, text } = await call('/api/migrations/mig-1');
  expect(json).toMatchObject({ status: 500, code: 'Unexpected' });
  expect(text).not.toContain('secret');
});
