import { beforeAll, describe, expect, test } from 'vitest';
import { epochMs, type TableName, type TenantId, type TierName } from '../../../functions/migration/names.ts';
import { aMigration, aRoute, aTable, aTenant } from '../../support/records.ts';
import { consoleWorld, openMigration } from './console-world.ts';

const COUNT = 10_000;
const TIERS = ['basic', 'advanced', 'premium'] as const;
const TABLE = 'saas-tenant-data-of-basic' as TableName;
const LIMITS = { basic: 10, advanced: 50, premium: 100 };

interface Row {
  readonly tenantId: string;
  readonly name: string;
  readonly tier: string;
  readonly table: string;
  readonly share: number | null;
}

describe('10,000 tenants', () => {
  const world = consoleWorld();
  const { ports, call } = world;
  const units: number[] = [];

  beforeAll(async () => {
    for (const name of TIERS) {
      const tier = name as TierName;
      const table = tier === 'basic' ? TABLE : aTable().table;
      await ports.registry.addTable(aTable({ table, tier, freeSlots: COUNT }));
      for (let n = TIERS.indexOf(name); n < COUNT; n += TIERS.length) {
        const tenantId = `tenant-${String((n * 7_919) % COUNT).padStart(5, '0')}` as TenantId;
        const schoolCount = n % (LIMITS[name] + 1);
        const tenant = aTenant({ tenantId, tier, table, name: `District ${n}`, schoolCount });
        await ports.registry.addTenant(tenant, aRoute({ tenantId, table }));
      }
    }
    const { tenantsIn } = ports.registry;
    ports.registry.tenantsIn = async (...given) => {
      const page = await tenantsIn.apply(ports.registry, given);
      units.push(page.units);
      return page;
    };
    ports.registry.tenants = () => {
      throw new Error('a list must not scan the registry');
    };
  });

  /** The pages of a list, each with its cost. */
  const pages = async (query: string, most = 3) => {
    const rows: Row[][] = [];
    const costs: number[] = [];
    let cursor: string | null = null;
    do {
      units.length = 0;
      const { status, json } = await call(`/api/tenants?${query}${cursor ? `&cursor=${cursor}` : ''}`);
      expect(status, query).toBe(200);
      rows.push(json.tenants);
      costs.push(units.reduce((sum, one) => sum + one, 0));
      cursor = json.cursor;
    } while (cursor && rows.length < most);
    return { rows, all: rows.flat(), costs };
  };

  test.each([
    '',
    'sort=name',
    'sort=share',
    'near=80',
    'tier=basic',
    'search=tenant-0',
    'search=district%209',
    'search=district%2099&tier=premium',
    'tier=advanced&near=95',
    `table=${TABLE}&sort=share&limit=4`,
  ])('a page costs at most 25 read units: %s', async (query) => {
    const { rows, costs, all } = await pages(query);
    expect(all.length).toBeGreaterThan(0);
    expect(Math.max(...costs)).toBeLessThanOrEqual(25);
    expect(rows[0]?.length).toBeLessThanOrEqual(50);
    expect(new Set(all.map(({ tenantId }) => tenantId)).size).toBe(all.length);
  });

  test('they are in order over all tiers', async () => {
    const byId = (await pages('')).all.map(({ tenantId }) => tenantId);
    expect(byId).toEqual(Array.from({ length: 150 }, (_, n) => `tenant-${String(n).padStart(5, '0')}`));
    const shares = (await pages('sort=share')).all.map(({ share }) => share ?? -1);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    expect(shares[0]).toBe(1);
    const near = (await pages('near=95')).all.map(({ share }) => share ?? 0);
    expect(Math.min(...near)).toBeGreaterThanOrEqual(0.95);
  });

  test('those of a table with the most schools come first', async () => {
    const [first = []] = (await pages(`table=${TABLE}&sort=share&limit=4`)).rows;
    expect(first.map(({ table, share }) => [table, share])).toEqual(Array(4).fill([TABLE, 1]));
  });

  test('one is found by a prefix of its id or of its name, those by id first', async () => {
    expect((await pages('search=tenant-00042')).all.map(({ tenantId }) => tenantId)).toEqual([
      'tenant-00042',
    ]);
    const named = (await pages('search=DISTRICT%20777')).all.map(({ name }) => name);
    expect(named.sort()).toEqual([
      'District 777',
      ...Array.from({ length: 10 }, (_, n) => `District 777${n}`),
    ]);
  });

  test.each([
    ['tier=none', 'no tier'],
    ['search=a&sort=share', 'Leave out sort'],
    ['near=50&sort=id', 'Leave out sort'],
    ['table=x&sort=name', 'by id or by share'],
  ])('a list that no index provides is refused: %s', async (query, words) => {
    const { status, json } = await call(`/api/tenants?${query}`);
    expect(status).toBe(400);
    expect(json.detail).toContain(words);
  });

  test('rows contain only what a list shows', async () => {
    const { json } = await call('/api/tenants?limit=1');
    expect(Object.keys(json.tenants[0]).sort()).toEqual(
      [
        ...['decision', 'lockedBy', 'maxSchools', 'name', 'placement', 'schoolCount'],
        ...['share', 'table', 'tenantId', 'tier'],
      ].sort(),
    );
  });
});

describe('tenants by the status of their migration', () => {
  test('are those of open migrations, and of no dry run', async () => {
    const { ports, call } = consoleWorld();
    await openMigration(ports, { tenantId: 'cedar' as TenantId, status: 'copying' });
    const oak = await openMigration(ports, {
      tenantId: 'oak' as TenantId,
      status: 'holding',
      flippedAt: epochMs(1),
    });
    await ports.migrations.create(aMigration({ tenantId: oak.tenantId, status: 'copying', dryRun: true }));
    const listed = async (query: string) =>
      (await call(`/api/tenants?${query}`)).json.tenants.map(({ tenantId }: Row) => tenantId);
    expect(await listed('status=copying')).toEqual(['cedar']);
    expect(await listed('status=holding')).toEqual(['oak']);
    expect(await listed('status=holding&search=ced')).toEqual([]);
    expect((await call('/api/tenants?status=completed')).status).toBe(400);
  });

  test('cost one read of the index and one of each tenant, which do not wait for each other', async () => {
    const { ports, call } = consoleWorld();
    for (const name of ['a', 'b', 'c', 'd']) await openMigration(ports, { tenantId: name as TenantId });
    const { tenant } = ports.registry;
    const { promise: allAreRead, resolve } = Promise.withResolvers<void>();
    let reads = 0;
    ports.registry.tenant = async (id) => {
      reads += 1;
      if (reads === 3) resolve();
      await allAreRead;
      return tenant.call(ports.registry, id);
    };
    const { json } = await call('/api/tenants?status=copying&limit=3');
    expect([json.tenants.length, reads]).toEqual([3, 3]);
    expect(json.cursor).not.toBeNull();
  });

  test('are paged', async () => {
    const { ports, call } = consoleWorld();
    for (const name of ['a', 'b', 'c']) await openMigration(ports, { tenantId: name as TenantId });
    const first = (await call('/api/tenants?status=copying&limit=2')).json;
    const second = (await call(`/api/tenants?status=copying&limit=2&cursor=${first.cursor}`)).json;
    expect([...first.tenants, ...second.tenants].map(({ tenantId }: Row) => tenantId)).toEqual([
      'c',
      'b',
      'a',
    ]);
    expect(second.cursor).toBeNull();
  });
});

test('a tenant is shown with every target, and the reason against the others', async () => {
  const { ports, call } = consoleWorld();
  await openMigration(ports, { tenantId: 'cedar' as TenantId });
  const { json } = await call('/api/tenants/cedar');
  const targets = json.targets.map(
    (one: { tier: string; placement: string; elsewhere: boolean; allowed: boolean }) =>
      [one.tier, one.placement, one.elsewhere ? 'elsewhere' : '', one.allowed].join(' '),
  );
  expect(targets).toEqual([
    'basic shared elsewhere true',
    'advanced shared  true',
    'premium shared  true',
    'premium dedicated  true',
    'enterprise dedicated  true',
  ]);
  expect(json.migrations[0]).toMatchObject({ execution: 'running', next: { action: 'watch' } });
  await ports.registry.setSchoolCount('cedar' as TenantId, {
    schools: 60,
    at: epochMs(Date.UTC(2027, 0, 1)),
  });
  const grown = (await call('/api/tenants/cedar')).json;
  expect(grown.targets[1]).toMatchObject({ tier: 'advanced', allowed: false });
  expect(grown.targets[1].reason).toContain('60 schools');
  expect(grown.decision).toMatchObject({ kind: 'move', tier: 'premium' });
});

test('preferences are changed in the name of the subject', async () => {
  const { ports, call } = consoleWorld();
  await openMigration(ports, { tenantId: 'cedar' as TenantId });
  const path = '/api/tenants/cedar/preferences';
  const change = async (by: string, body: object) =>
    call(path, { by, body: { reason: 'exam week', ...body }, headers: await seenTag(call) });
  const { json } = await change('bea', { autoMigrate: 'off', pin: 'advanced' });
  expect(json.tenant).toMatchObject({
    ...{ autoMigrate: 'off', pinnedTier: 'advanced' },
    ...{ updatedBy: 'bea', preferencesReason: 'exam week' },
  });
  expect((await change('bea', { pin: 'none-such' })).status).toBe(400);
  expect((await change('bea', { pin: 'none', reason: ' ' })).status).toBe(400);
});

/** Returns the header that quotes the preferences of cedar as they are shown now. */
const seenTag = async (call: ReturnType<typeof consoleWorld>['call']) => ({
  'if-match': String((await call('/api/tenants/cedar')).json.preferencesTag),
});

describe('two operators who change the preferences of a tenant', () => {
  const path = '/api/tenants/cedar/preferences';

  test('the second is told who was first and why, and changes nothing', async () => {
    const { ports, call } = consoleWorld();
    await openMigration(ports, { tenantId: 'cedar' as TenantId });
    const headers = await seenTag(call);
    const first = { reason: 'exam week', autoMigrate: 'off' };
    expect((await call(path, { by: 'ana', headers, body: first })).status).toBe(200);
    const second = await call(path, { by: 'bea', headers, body: { reason: 'to see', pin: 'basic' } });
    expect(second.json).toMatchObject({
      ...{ status: 412, code: 'ChangedMeanwhile' },
      lastChange: { by: 'ana', reason: 'exam week' },
    });
    expect((await call('/api/tenants/cedar')).json.tenant).not.toHaveProperty('pinnedTier');
  });

  test('a change between the check and the write is detected, too', async () => {
    const { ports, call } = consoleWorld();
    await openMigration(ports, { tenantId: 'cedar' as TenantId });
    const headers = await seenTag(call);
    const { setPreferences } = ports.registry;
    ports.registry.setPreferences = async (...given) => {
      ports.registry.setPreferences = setPreferences;
      const at = ports.clock.now();
      await ports.registry.setPreferences(given[0], { autoMigrate: 'off' }, { by: 'ana', at });
      await ports.registry.setPreferences(...given);
    };
    const second = await call(path, { by: 'bea', headers, body: { reason: 'to see', pin: 'basic' } });
    expect(second.json).toMatchObject({ status: 412, lastChange: { by: 'ana' } });
    expect((await call('/api/tenants/cedar')).json.tenant).not.toHaveProperty('pinnedTier');
  });

  test('a count of schools in between is no change of the preferences', async () => {
    const { ports, call } = consoleWorld();
    await openMigration(ports, { tenantId: 'cedar' as TenantId });
    const headers = await seenTag(call);
    await ports.registry.setSchoolCount('cedar' as TenantId, {
      schools: 60,
      at: epochMs(Date.UTC(2027, 0, 1)),
    });
    expect((await call(path, { headers, body: { reason: 'to see', pin: 'basic' } })).status).toBe(200);
  });
});
