import { describe, expect, test } from 'vitest';
import type { Migration } from '../../../functions/migration/migration.ts';
import type { TenantId, TierName } from '../../../functions/migration/names.ts';
import { aTable } from '../../support/records.ts';
import { addTenant } from '../../support/tenants.ts';
import { consoleWorld, openMigration } from './console-world.ts';

const names = ({ tables }: { tables: { table: string }[] }) => tables.map(({ table }) => table);

/** Returns the header that quotes a table's state as it is listed now. */
const seenTag = async (call: ReturnType<typeof consoleWorld>['call'], name: string) => {
  const { json } = await call('/api/tables');
  const rows = json.tables as readonly { table: string; stateTag: string }[];
  return { 'if-match': rows.find(({ table }) => table === name)?.stateTag ?? '' };
};

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

  test('that were dropped are omitted unless requested', async () => {
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
    const asSeen = async () =>
      ({ by: 'bea', role: 'admin', body, headers: await seenTag(call, table) }) as const;
    const retired = await call(`/api/tables/${table}/retire`, await asSeen());
    expect(retired.json).toMatchObject({ table, requested: [expect.any(String)], stays: [] });
    expect(await ports.migrations.get(retired.json.requested[0])).toMatchObject({
      requestedBy: 'bea',
      reason: 'too hot',
    });
    const reinstated = await call(`/api/tables/${table}/reinstate`, await asSeen());
    expect(reinstated.json.table).toMatchObject({
      ...{ table, state: 'active' },
      operatorNote: { by: 'bea', reason: 'too hot' },
    });
    expect((await call('/api/tables/none/retire', await asSeen())).status).toBe(404);
  });
});

describe('two administrators of one table', () => {
  const admin = { role: 'admin', body: { reason: 'too hot' } } as const;

  test('the second is told who was first and why, and changes nothing', async () => {
    const { ports, call } = consoleWorld();
    const { table } = await addTenant(ports, { tenantId: 'cedar', items: 20 });
    const headers = await seenTag(call, table);
    const retire = { ...admin, headers };
    expect((await call(`/api/tables/${table}/retire`, { ...retire, by: 'ana' })).status).toBe(202);
    const second = await call(`/api/tables/${table}/retire`, { ...retire, by: 'bea' });
    expect(second.json).toMatchObject({
      ...{ status: 412, code: 'ChangedMeanwhile' },
      lastChange: { by: 'ana', reason: 'too hot' },
    });
    expect((await ports.registry.table(table))?.operatorNote?.by).toBe('ana');
  });

  test('a change between the check and the write is detected, too', async () => {
    const { ports, call } = consoleWorld();
    const { table } = await addTenant(ports, { tenantId: 'cedar', items: 20 });
    const headers = await seenTag(call, table);
    const { setRetiring } = ports.registry;
    ports.registry.setRetiring = async (...given) => {
      ports.registry.setRetiring = setRetiring;
      await ports.registry.setRetiring(table, true, { by: 'ana', reason: 'faster', at: ports.clock.now() });
      await ports.registry.setRetiring(...given);
    };
    const second = await call(`/api/tables/${table}/retire`, { ...admin, by: 'bea', headers });
    expect(second.json).toMatchObject({ status: 412, lastChange: { by: 'ana', reason: 'faster' } });
    expect((await ports.registry.table(table))?.operatorNote?.by).toBe('ana');
  });

  test('a request that quotes no tag is refused, and one is not refused for tenants that came meanwhile', async () => {
    const { ports, call } = consoleWorld();
    const { table } = await addTenant(ports, { tenantId: 'cedar', items: 20 });
    expect((await call(`/api/tables/${table}/retire`, admin)).json).toMatchObject({
      ...{ status: 428, code: 'MatchMissing' },
      detail: expect.stringContaining('stateTag'),
    });
    const headers = await seenTag(call, table);
    await addTenant(ports, { tenantId: 'maple', items: 20 });
    expect((await call(`/api/tables/${table}/retire`, { ...admin, headers })).status).toBe(202);
  });
});

describe('the capacity of a tier table', () => {
  const rowsIn = async ({ call }: ReturnType<typeof consoleWorld>, path = '/api/tables') => {
    const { json } = await call(path, { role: 'viewer' });
    return json.tables as readonly { table: string; capacity: unknown; use: unknown }[];
  };
  const unused = { migrations: 0, read: 0, write: 0 };

  test('is its provisioned units, or the maximum of a table on demand; null if it cannot be read', async () => {
    const world = consoleWorld();
    const { ports } = world;
    const [fixed, capped, free, gone, refused] = await Promise.all(
      Array.from({ length: 5 }, async (_, n) => {
        const table = aTable({ tier: 'basic' as TierName });
        await ports.registry.addTable(table);
        if (n !== 3) await ports.tables.create(table.table, ports.settings.tableDesign);
        return table.table;
      }),
    );
    if (!fixed || !capped || !refused) throw new Error('five tables were made');
    ports.tables.alter(fixed, { provisioned: { read: 900, write: 300 } });
    ports.tables.alter(capped, { mostOnDemand: { write: 2_000 } });
    const { capacity } = ports.tables;
    ports.tables.capacity = async (table) => {
      if (table === refused) throw new Error('the credentials do not allow DescribeTable');
      return capacity.call(ports.tables, table);
    };
    const byTable = new Map((await rowsIn(world)).map((row) => [row.table, row]));
    const onDemand = { mode: 'onDemand', read: null, write: null };
    expect(byTable.get(fixed)?.capacity).toEqual({ mode: 'provisioned', read: 900, write: 300 });
    expect(byTable.get(capped)?.capacity).toEqual({ ...onDemand, write: 2_000 });
    expect(byTable.get(free ?? '')?.capacity).toEqual(onDemand);
    expect(byTable.get(gone ?? '')?.capacity).toBeNull();
    expect(byTable.get(refused)?.capacity).toBeNull();
    expect(byTable.get(free ?? '')?.use).toEqual(unused);
  });

  test('is read once a minute for all readers', async () => {
    const world = consoleWorld();
    const { ports } = world;
    const { table } = aTable({ tier: 'basic' as TierName });
    await ports.registry.addTable(aTable({ tier: 'basic' as TierName, table }));
    await ports.tables.create(table, ports.settings.tableDesign);
    const read = async () => (await rowsIn(world))[0]?.capacity;
    const before = await read();
    ports.tables.alter(table, { provisioned: { read: 9, write: 3 } });
    expect(await read()).toEqual(before);
    ports.clock.advance(60_000);
    expect(await read()).toEqual({ mode: 'provisioned', read: 9, write: 3 });
  });

  test('stands beside what the limits of working migrations allow: reads of both tables, writes to the target', async () => {
    const world = consoleWorld();
    const { ports } = world;
    const target = aTable({ tier: 'advanced' as TierName });
    await ports.registry.addTable(target);
    const to = { tier: target.tier, placement: target.placement, table: target.table };
    const limits = { readUnitsPerSecond: 200, writeUnitsPerSecond: 50 };
    const one = await openMigration(ports, { tenantId: 'cedar' as TenantId, target: to, ...limits });
    const other = await openMigration(ports, { tenantId: 'maple' as TenantId, target: to, ...limits });
    const admit = async (...migrations: readonly Migration[]) =>
      ports.admissions.replace(
        await ports.admissions.current(),
        migrations.map(({ migrationId, source }) => ({
          ...{ migrationId, source: source.table, target: target.tier, at: ports.clock.now() },
        })),
      );
    const usesOf = async () => new Map((await rowsIn(world)).map(({ table, use }) => [table, use]));
    await admit(one, other);
    const uses = await usesOf();
    expect(uses.get(target.table)).toEqual({ migrations: 2, read: 400, write: 100 });
    expect(uses.get(one.source.table)).toMatchObject({ write: 0 });
    await ports.migrations.update(one, { paused: true });
    expect((await usesOf()).get(target.table)).toEqual({ migrations: 1, read: 200, write: 50 });
    await ports.migrations.update(other, { writeUnitsPerSecond: undefined });
    expect((await usesOf()).get(target.table)).toEqual({ migrations: 1, read: 200, write: null });
  });
});
