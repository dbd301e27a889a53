import { beforeEach, expect, test } from 'vitest';
import { type TableName, type TenantId, type TierName, tableName } from '../../functions/migration/names.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { aRoute, aTable, aTenant } from '../support/records.ts';
import { runInProcess } from './run-in-process.ts';

const BASIC = tableName('saas-tenant-data-basic');

let ports: FakePorts;
beforeEach(async () => {
  ports = fakePorts();
  await ports.tables.create(BASIC, ports.settings.tableDesign);
  await ports.registry.addTable(
    aTable({ table: BASIC, tier: 'basic' as TierName, freeSlots: 97, tenants: 3 }),
  );
});
const cli = (...args: string[]) => runInProcess(ports, args);
const registered = async () => {
  const tables: unknown[] = [];
  for await (const table of ports.registry.tables()) tables.push(table);
  return tables;
};

test('tables are listed in tier order, with arriving and leaving tenants; dropped ones on request', async () => {
  const add = (table: string, tier: string, more: object) =>
    ports.registry.addTable(aTable({ table: tableName(table), tier: tier as TierName, ...more }));
  await add('e-abc', 'enterprise', {
    placement: 'dedicated',
    tenantId: 'abc' as TenantId,
    freeSlots: 0,
    tenants: 1,
  });
  await add('a-1', 'advanced', { state: 'retiring', freeSlots: 40, tenants: 7, reserved: 2, departing: 1 });
  await add('e-gone', 'enterprise', { placement: 'dedicated', state: 'dropped', freeSlots: 0 });
  const rows = (text: string) =>
    text
      .trim()
      .split('\n')
      .slice(2)
      .map((line) => line.replaceAll(/ {2,}/g, ' | '));
  expect(rows((await cli('table', 'list')).stdout)).toEqual([
    'saas-tenant-data-basic | basic | active | 3 | 0 | 0 | 97',
    'a-1 | advanced | retiring | 7 | 2 | 1 | 40',
    'e-abc | enterprise (abc) | active | 1 | 0 | 0 | 0',
  ]);
  expect(rows((await cli('table', 'list', '--all', '--tier', 'enterprise')).stdout)).toHaveLength(2);
  const { stdout } = await cli('table', 'list', '--tier', 'advanced', '--json');
  expect(JSON.parse(stdout).tables).toMatchObject([{ table: 'a-1', reserved: 2 }]);
});

test('a table is added under the next name, with free slots', async () => {
  const { code, stdout } = await cli('table', 'add', 'basic');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'table saas-tenant-data-basic.2 is ready, with free slots for 100 tenants of tier basic.\n',
  });
  const name = 'saas-tenant-data-basic.2' as TableName;
  expect((await ports.tables.describe(name))?.status).toBe('ACTIVE');
  expect(await ports.registry.table(name)).toMatchObject({
    state: 'active',
    freeSlots: 100,
    placement: 'shared',
  });
});

test('an empty table is retired and reinstated', async () => {
  const empty = tableName('empty');
  await ports.registry.addTable(aTable({ table: empty, tier: 'basic' as TierName }));
  const { code, stdout } = await cli('table', 'retire', empty);
  expect(code).toBe(0);
  expect(stdout).toContain('Table empty gets no new tenants. 0 moved.\nNo live tenant is left in it.');
  expect((await ports.registry.table(empty))?.state).toBe('retiring');
  expect((await cli('table', 'reinstate', empty)).stdout).toBe('tenants are placed in table empty again.\n');
  expect((await ports.registry.table(empty))?.state).toBe('active');
});

test('reinstating a table that is not being retired says so and records nothing', async () => {
  const before = await registered();
  expect(await cli('table', 'reinstate', BASIC)).toEqual({
    code: 0,
    stdout: `table ${BASIC} is not being retired, and tenants are placed in it. Nothing was changed.\n`,
    stderr: '',
  });
  expect(await registered()).toEqual(before);
});

test('a tenant that cannot be moved is named, with the next command', async () => {
  const tenantId = 'routeless' as TenantId;
  await ports.registry.addTenant(
    aTenant({ tenantId, table: BASIC, tier: 'basic' as TierName, placement: 'shared' }),
    aRoute({ tenantId, table: BASIC }),
  );
  ports.routes.records.delete(tenantId);
  const { code, stdout } = await cli('table', 'retire', BASIC);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^ {2}routeless +tenant routeless has no route; repair it first\. Next: tierferry doctor$/m,
  );
  expect(stdout).toContain(`Run it again to continue: tierferry table retire ${BASIC}`);
});

test.each([
  {
    asks: 'to add a table to an unknown tier',
    args: ['add', 'gold'],
    says: /'gold' is not in the catalogue/,
  },
  {
    asks: 'to add a table to a tier of dedicated tables',
    args: ['add', 'enterprise'],
    says: /has no shared tables/,
  },
  { asks: 'to retire a missing table', args: ['retire', 'nowhere'], says: /no table nowhere/ },
  {
    asks: 'to reinstate a missing table',
    args: ['reinstate', 'nowhere'],
    says: /no table nowhere/,
  },
  { asks: 'to list the tables of an unknown tier', args: ['list', '--tier', 'gold'], says: /no tier 'gold'/ },
])('a request $asks is refused and changes nothing', async ({ args, says }) => {
  const before = await registered();
  const { code, stdout, stderr } = await cli('table', ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(says);
  expect(await registered()).toEqual(before);
});

test.each([
  { args: ['--to', 'advanced', '--elsewhere'], says: /Leave out --to/ },
  { args: ['--elsewhere', '--dedicated'], says: /Leave out --to and --dedicated/ },
  { args: [], says: /--to <tier>/ },
])('the target must be given exactly once: $args', async ({ args, says }) => {
  for (const command of ['migrate', 'plan']) {
    const { code, stdout, stderr } = await cli(command, 'anybody', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
  }
});

test('an existing table is adopted under its own name, and its tenants are registered in it or nowhere', async () => {
  const old = tableName('prod-tenants');
  await ports.tables.create(old, ports.settings.tableDesign);
  await ports.tables.configure(old, ports.settings.tableDesign);
  expect(await cli('table', 'add', 'basic', '--table', 'prod-tenants')).toMatchObject({ code: 0 });
  expect(await registered()).toContainEqual(
    expect.objectContaining({ table: old, tier: 'basic', freeSlots: 100 }),
  );
  const add = (tenant: string, ...more: string[]) => cli('tenant', 'add', tenant, '--schools', '3', ...more);
  const at = async (tenantId: string) => (await ports.registry.tenant(tenantId as TenantId))?.table;
  expect(await add('cedar-valley', '--tier', 'basic', '--table', 'prod-tenants')).toMatchObject({ code: 0 });
  expect(await at('cedar-valley')).toBe(old);
  expect((await ports.routes.get('cedar-valley' as TenantId))?.table).toBe(old);
  // a dedicated table
  const own = tableName('prod-big-district');
  await ports.tables.create(own, ports.settings.tableDesign);
  await ports.tables.configure(own, ports.settings.tableDesign);
  expect(await add('big', '--tier', 'enterprise', '--table', 'prod-big-district')).toMatchObject({ code: 0 });
  expect(await registered()).toContainEqual(
    expect.objectContaining({ table: own, placement: 'dedicated', tenantId: 'big', tenants: 1 }),
  );
  for (const [args, says] of [
    [['--tier', 'basic', '--table', 'prod-tenant'], /table prod-tenant does not exist/],
    [['--tier', 'advanced', '--table', 'prod-tenants'], /registered in tier basic/],
    [['--tier', 'enterprise', '--table', 'prod-big-district'], /for tenant big/],
  ] as const) {
    const { code, stderr } = await add('other', ...args);
    expect(stderr).toMatch(says);
    expect(code).toBe(2);
  }
  expect(await at('other')).toBeUndefined();
});

test('a table that differs from the catalogue is not adopted', async () => {
  await ports.tables.create(tableName('prod-odd'), { ...ports.settings.tableDesign, indexes: [] });
  const { code, stderr } = await cli('table', 'add', 'basic', '--table', 'prod-odd');
  expect(stderr).toMatch(/differs from the catalogue.s design/);
  expect(code).toBe(3);
});
