import { beforeEach, describe, expect, test } from 'vitest';
import { InvalidRequest, TenantBeingRemoved, Unavailable } from '../../../functions/migration/errors.ts';
import { type TenantId, tableName } from '../../../functions/migration/names.ts';
import { parseNewTenant, registerTenant } from '../../../functions/migration/operator/register-tenant.ts';
import { newTable } from '../../../functions/migration/registry/new-table.ts';
import {
  type ImportedTenant,
  type ImportResult,
  importProblems,
  importTenants,
} from '../../../functions/migration/tenants/import-tenants.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';
import { collect } from '../../support/tenants.ts';

const BASIC = 'saas-tenant-data-basic';
const catalogue = [
  { name: 'basic', placement: 'shared', maxSchools: 10, maxTenants: 3 },
  { name: 'enterprise', placement: 'dedicated', maxTenants: 1 },
];

let ports: FakePorts;
beforeEach(() => {
  ports = fakePorts({ tiers: catalogue });
});
const tenants = (count: number, tier = 'basic'): ImportedTenant[] =>
  Array.from({ length: count }, (_, n) => ({
    tenantId: `t-${n}`,
    name: `Tenant ${n}`,
    tier,
    schoolCount: n,
  }));
const run = (given: readonly ImportedTenant[], dryRun = false) =>
  importTenants(ports, given, { by: 'ana', reason: 'start', dryRun });

test('tenants are registered in tables with free slots, and tables are created as they fill', async () => {
  const results = await run([...tenants(4), { tenantId: 'big', name: 'Big', tier: 'enterprise' }]);
  expect(results).toEqual(
    [
      ['t-0', BASIC, true],
      ['t-1', BASIC, false],
      ['t-2', BASIC, false],
      ['t-3', `${BASIC}.2`, true],
      ['big', 'saas-tenant-data-enterprise-big', true],
    ].map(([tenantId, table, isNewTable]) => ({ kind: 'registered', tenantId, table, isNewTable })),
  );
  expect(await ports.registry.tenant('t-3' as TenantId)).toMatchObject({
    name: 'Tenant 3',
    schoolCount: 3,
    createdBy: 'ana',
    createdReason: 'start',
    table: `${BASIC}.2`,
  });
});

test('a dry run answers as the import does, and changes nothing', async () => {
  const given = [...tenants(5), { tenantId: 'big', name: ' Big ', tier: 'enterprise' }];
  const planned = await run(given, true);
  expect(await collect(ports.registry.tenants())).toEqual([]);
  expect(await collect(ports.registry.tables())).toEqual([]);
  expect(await run(given)).toEqual(planned);
  expect(await ports.registry.tenant('big' as TenantId)).toMatchObject({ name: 'Big' });
});

test('tables are read once and compared with the design once each, however many tenants there are', async () => {
  const { allTables } = ports.registry;
  let reads = 0;
  ports.registry.allTables = () => {
    reads += 1;
    return allTables.call(ports.registry);
  };
  const { create } = ports.tables;
  const created: string[] = [];
  ports.tables.create = (table, design) => {
    created.push(table);
    return create.call(ports.tables, table, design);
  };
  await run(tenants(9));
  expect(reads).toBe(1);
  expect(created).toEqual([BASIC, `${BASIC}.2`, `${BASIC}.3`]);
});

test('a repeated import changes nothing, and an interrupted one continues', async () => {
  const { addTenant } = ports.registry;
  let added = 0;
  ports.registry.addTenant = async (...given) => {
    added += 1;
    if (added > 2) throw new Unavailable('the connection was lost');
    await addTenant.apply(ports.registry, given);
  };
  await expect(run(tenants(4))).rejects.toThrow(Unavailable);
  ports.registry.addTenant = addTenant;
  const kinds = (results: readonly ImportResult[]) => results.map(({ kind }) => kind);
  expect(kinds(await run(tenants(4)))).toEqual(['unchanged', 'unchanged', 'registered', 'registered']);
  const before = await collect(ports.registry.tenants());
  ports.clock.advance(1_000);
  expect(new Set(kinds(await run(tenants(4))))).toEqual(new Set(['unchanged']));
  expect(await collect(ports.registry.tenants())).toEqual(before);
});

test('a registered tenant with other values is reported and not changed', async () => {
  await run(tenants(1));
  const [result] = await run([{ tenantId: 't-0', name: 'Another', tier: 'enterprise' }]);
  expect(result).toMatchObject({ kind: 'different', fields: ['name', 'tier', 'placement'] });
  expect(await ports.registry.tenant('t-0' as TenantId)).toMatchObject({ name: 'Tenant 0', tier: 'basic' });
});

test('a tenant that cannot be registered does not stop the others', async () => {
  const [first, second] = tenants(2);
  const given = [{ ...first, table: 'unknown' }, second] as ImportedTenant[];
  const expected = [
    { kind: 'failed', tenantId: 't-0', code: 'InvalidRequest', message: expect.stringContaining('unknown') },
    { kind: 'registered', tenantId: 't-1' },
  ];
  expect(await run(given, true)).toMatchObject(expected);
  expect(await run(given)).toMatchObject(expected);
});

test('tenants are registered in existing tables by name', async () => {
  const own = tableName('prod-tenants');
  await ports.tables.create(own, ports.settings.tableDesign);
  await ports.tables.describe(own);
  const given = tenants(2).map((one) => ({ ...one, table: own }));
  for (const dryRun of [true, false])
    expect(await run(given, dryRun)).toMatchObject([
      { kind: 'failed', message: expect.stringContaining('differs from') },
      { kind: 'failed' },
    ]);
  await ports.tables.configure(own, ports.settings.tableDesign);
  const planned = await run(given, true);
  expect(planned).toMatchObject([
    { table: own, isNewTable: true },
    { table: own, isNewTable: false },
  ]);
  expect(await run(given)).toEqual(planned);
  expect(await ports.registry.table(own)).toMatchObject({ isAdopted: true, tenants: 2 });
});

test('another process that fills a table in between fails one tenant, and the next one sees it', async () => {
  await run(tenants(1));
  const table = await ports.registry.table(tableName(BASIC));
  const [, second, third] = tenants(3);
  let fills = true;
  const { tenant } = ports.registry;
  ports.registry.tenant = async (id) => {
    if (id === third?.tenantId && fills && table) {
      fills = false;
      await ports.registry.setLimit({ ...table, tenants: 2 }, 2);
    }
    return tenant.call(ports.registry, id);
  };
  const fourth = { tenantId: 't-9', name: 'Nine', tier: 'basic' };
  expect(await run([second, third, fourth] as ImportedTenant[])).toMatchObject([
    { kind: 'registered', table: BASIC },
    { kind: 'failed', tenantId: 't-2', code: 'Conflict' },
    { kind: 'registered', table: `${BASIC}.2` },
  ]);
});

test('invalid tenants are found before anything is registered, all of them', async () => {
  const [first] = tenants(1);
  const given = [
    first,
    first,
    { tenantId: 'a.b', name: 'dot', tier: 'basic' },
    { tenantId: 'c', name: ' ', tier: 'basic' },
    { tenantId: 'd', name: 'D', tier: 'golden' },
    { tenantId: 'e', name: 'E', tier: 'basic', dedicated: true },
  ] as ImportedTenant[];
  expect(importProblems(ports, given).map(({ position, message }) => [position, message])).toEqual([
    [1, expect.stringContaining('contained twice')],
    [2, expect.stringContaining('no dot')],
    [3, expect.stringContaining('1 to 200 characters')],
    [4, expect.stringContaining("no tier 'golden'")],
    [5, expect.stringContaining('no dedicated tables')],
  ]);
  await expect(run(given)).rejects.toThrow(InvalidRequest);
  expect(await collect(ports.registry.tenants())).toEqual([]);
});

test('an import stops between two tenants when it is told to', async () => {
  const controller = new AbortController();
  const stopping = importTenants(ports, tenants(5), {
    by: 'ana',
    signal: controller.signal,
    onResult: (_, position) => position === 1 && controller.abort(new Error('stopped')),
  });
  await expect(stopping).rejects.toThrow('stopped');
  expect(await collect(ports.registry.tenants())).toHaveLength(2);
});

describe.each([true, false])('with dryRun: %s', (dryRun) => {
  const kinds = (results: readonly ImportResult[]) =>
    results.map((one) => (one.kind === 'failed' ? one.code : one.kind));
  const [t0, t1] = tenants(2, 'enterprise') as [ImportedTenant, ImportedTenant];
  const own = tableName('saas-tenant-data-enterprise-t-0');

  test('a tenant that is being removed fails by name, and the others do not', async () => {
    await run(tenants(1));
    const found = await ports.registry.tenant('t-0' as TenantId);
    const route = await ports.routes.get('t-0' as TenantId);
    if (!found || !route) throw new Error('t-0 is not registered');
    await ports.registry.startRemoval(found, route, {
      removalId: 'rem-1',
      runId: '1',
      startedAt: ports.clock.now(),
      startedBy: 'ben',
      routeEpoch: route.epoch,
      leaseMs: route.leaseMs,
    });
    const results = await run(tenants(2), dryRun);
    expect(kinds(results)).toEqual(['TenantBeingRemoved', 'registered']);
    expect(results[0]).toHaveProperty('message', expect.stringMatching(/t-0 is being removed.*register the/));
    const again = { tenantId: 't-0', name: 'T', tier: 'basic', by: 'ana' };
    await expect(registerTenant(ports, again)).rejects.toThrow(TenantBeingRemoved);
  });

  test('a table of a tenant’s own name that no record names is not its own, also if it is empty', async () => {
    await ports.tables.create(own, ports.settings.tableDesign);
    expect(kinds(await run([t0, t1], dryRun))).toEqual(['InvalidRequest', 'registered']);
  });

  test('a tenant does not get its own table while it has items', async () => {
    const { tier } = parseNewTenant(ports.settings, { ...t0, name: 'T', by: 'ana' });
    await ports.registry.addTable(newTable(tier, own, { tenantId: 't-0' as TenantId }));
    await ports.tables.create(own, ports.settings.tableDesign);
    await ports.tables.describe(own);
    const item = { tenantId: { S: 'elm' }, entityKey: { S: 'k' } };
    await ports.partition('elm' as TenantId).write(own, { puts: [item], deletes: [] });
    const results = await run([t0, t1], dryRun);
    expect(kinds(results)).toEqual(['NotSafe', 'registered']);
    expect(results[0]).toHaveProperty('message', expect.stringContaining(`${own} is the dedicated table`));
  });

  test('a table that differs from the settings, or takes no tenants, is refused', async () => {
    await run(tenants(1));
    await ports.tables.create(own, ports.settings.tableDesign);
    ports.tables.alter(tableName(BASIC), { streamView: 'KEYS_ONLY' });
    const results = await run(tenants(2), dryRun);
    expect(kinds(results)).toEqual(['unchanged', 'NotSafe']);
    expect(results[1]).toHaveProperty('message', expect.stringContaining('tableDesign in the settings'));
    await ports.registry.setRetiring(tableName(BASIC), true);
    const named = tenants(2).map((one) => ({ ...one, table: BASIC }));
    const [, refused] = await run(named, dryRun);
    expect(refused).toMatchObject({
      code: 'InvalidRequest',
      message: expect.stringContaining('is retiring'),
    });
  });

  test('an empty table that an interrupted run has not configured is no obstacle', async () => {
    await ports.tables.create(tableName(BASIC), ports.settings.tableDesign);
    await ports.tables.describe(tableName(BASIC));
    expect(kinds(await run(tenants(1), dryRun))).toEqual(['registered']);
  });
});
