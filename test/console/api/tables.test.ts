import { describe, expect, test } from 'vitest';
import type { TierName } from '../../../functions/migration/names.ts';
import { aTable } from '../../support/records.ts';
import { addTenant } from '../../support/tenants.ts';
import { consoleWorld } from './console-world.ts';

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
    const retired = await call(`/api/tables/${table}/retire`, { by: 'bea', role: 'admin', body });
    expect(retired.json).toMatchObject({ table, requested: [expect.any(String)], stays: [] });
    expect(await ports.migrations.get(retired.json.requested[0])).toMatchObject({
      requestedBy: 'bea',
      reason: 'too hot',
    });
    const reinstated = await call(`/api/tables/${table}/reinstate`, { role: 'admin', method: 'POST' });
    expect(reinstated.json.table).toMatchObject({ table, state: 'active' });
    expect((await call('/api/tables/none/retire', { role: 'admin', body })).status).toBe(404);
  });
});
