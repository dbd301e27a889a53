import { describe, expect, test } from 'vitest';
import type { ControlRecord, ControlRecords } from '../../../functions/migration/doctor/control-records.ts';
import type { TenantId, TierName } from '../../../functions/migration/names.ts';
import { aMigration, aTable } from '../../support/records.ts';
import { addTenant } from '../../support/tenants.ts';
import { consoleWorld, openMigration } from './console-world.ts';

const names = ({ tables }: { tables: { table: string }[] }) => tables.map(({ table }) => table);

describe('tier tables', () => {
  const withTables = async () => {
    const world = consoleWorld();
    const { registry } = world.ports;
    registry.tables = () => {
      throw new Error('a list must not scan the registry');
    };
    const tables = [];
    for (const tier of ['premium', 'basic', 'basic', 'basic'] as TierName[]) {
      const table = aTable({ tier });
      await registry.addTable(table);
      tables.push(table.table);
    }
    const [premium, ...basic] = tables;
    return { ...world, wanted: [...basic, premium] };
  };

  test('are listed in the order of the catalogue, page by page', async () => {
    const { call, wanted } = await withTables();
    expect(names((await call('/api/tables')).json)).toEqual(wanted);
    const seen: (string | undefined)[] = [];
    let cursor: string | null = null;
    do {
      const { json } = await call(`/api/tables?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      expect(json.tables.length).toBeLessThanOrEqual(2);
      seen.push(...names(json));
      cursor = json.cursor;
    } while (cursor);
    expect(seen).toEqual(wanted);
    expect(names((await call('/api/tables?tier=premium')).json)).toEqual(wanted.slice(-1));
    expect((await call('/api/tables?tier=none')).status).toBe(400);
  });

  test('that were dropped are left out unless they are asked for', async () => {
    const { call, ports } = await withTables();
    const dropped = aTable({ state: 'dropped' });
    await ports.registry.addTable(dropped);
    expect(names((await call('/api/tables')).json)).not.toContain(dropped.table);
    expect(names((await call('/api/tables?all=true')).json)).toContain(dropped.table);
  });

  test('are retired and reinstated by an administrator, whose name is in the requests', async () => {
    const { ports, call } = consoleWorld();
    const { table } = await addTenant(ports, { tenantId: 'cedar', items: 20 });
    const body = { reason: 'too hot' };
    const retired = await call(`/api/tables/${table}/retire`, { by: 'bea', role: 'admin', body });
    expect(retired.json).toMatchObject({ table, requested: [expect.any(String)], stays: [] });
    expect(await ports.migrations.get(retired.json.requested[0])).toMatchObject({
      requestedBy: 'bea',
      reason: 'too hot',
    });
    const back = await call(`/api/tables/${table}/reinstate`, { role: 'admin', method: 'POST' });
    expect(back.json.table).toMatchObject({ table, state: 'active' });
    expect((await call('/api/tables/none/retire', { role: 'admin', body })).status).toBe(404);
  });
});

test('the queue shows a migration in one place, and a stopped one by itself', async () => {
  const { ports, call } = consoleWorld();
  const stopped = await openMigration(ports, { tenantId: 'cedar' as TenantId }, { runs: false });
  ports.clock.advance(60_000);
  const waiting = aMigration({ tenantId: 'oak' as TenantId });
  await ports.migrations.create(waiting);
  const { json } = await call('/api/queue');
  expect(json.stopped.map((one: { migrationId: string }) => one.migrationId)).toEqual([stopped.migrationId]);
  expect(json.waiting.map((one: { migrationId: string }) => one.migrationId)).toEqual([waiting.migrationId]);
  expect(json).toMatchObject({ underWay: [], damaged: null, limits: ports.settings.admission });
});

test('the catalogue is that of the settings, and the session says who one is', async () => {
  const { ports, call } = consoleWorld();
  const { json } = await call('/api/catalogue', { role: 'viewer' });
  expect(json.tiers.map(({ name }: { name: string }) => name)).toEqual(
    ports.settings.tiers.map(({ name }) => name),
  );
  const session = (await call('/api/session', { by: 'bea', role: 'viewer' })).json;
  expect(session.subject).toEqual({ name: 'bea', role: 'viewer', verified: true });
});

describe('the doctor', () => {
  /** The lock of a migration that has ended. */
  const withFinding = async () => {
    const world = consoleWorld();
    const { ports } = world;
    const { tenantId, table } = await addTenant(ports, { tenantId: 'east', items: 20 });
    const ended = aMigration({ tenantId });
    await ports.migrations.create(ended);
    await ports.registry.lock(tenantId, ended.migrationId, table);
    await ports.migrations.transition(ended, 'cancelled', { who: 'ana', why: 'no', at: ports.clock.now() });
    const tenant = await ports.registry.tenant(tenantId);
    const route = await ports.routes.get(tenantId);
    if (!tenant || !route) throw new Error('no tenant');
    const found: Record<string, ControlRecord[]> = {
      registry: [{ kind: 'tenant', tenant }],
      routes: [{ kind: 'route', route }],
    };
    const never = () => Promise.reject(new Error('not written here'));
    const logged: object[] = [];
    const control: ControlRecords = {
      async *all(name) {
        yield* found[name] ?? [];
      },
      ...{ addRoute: never, addTenant: never, setCounts: never, setLatest: never, setMigration: never },
      async setTenant() {},
    };
    const log = { info: (fields: object) => logged.push(fields), warn() {} };
    Object.assign(ports, { control, log });
    return { ...world, logged };
  };

  test('names findings to operators only', async () => {
    const { call } = await withFinding();
    const { json } = await call('/api/doctor');
    expect(json).toMatchObject({ healthy: false, findings: [{ id: 'lock-left/east', next: {} }] });
    expect((await call('/api/doctor', { role: 'viewer' })).status).toBe(403);
  });

  test('mends one finding for an administrator, in whose name it is', async () => {
    const { call, logged } = await withFinding();
    const body = { finding: 'lock-left/east', reason: 'restored' };
    const done = await call('/api/doctor/mend', { by: 'bea', role: 'admin', body });
    expect(done.json).toMatchObject({ mended: { id: 'lock-left/east' } });
    expect(logged).toContainEqual({ finding: 'lock-left/east', by: 'bea' });
    const gone = await call('/api/doctor/mend', { role: 'admin', body: { ...body, finding: 'x/y' } });
    expect(gone.json).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });
});
