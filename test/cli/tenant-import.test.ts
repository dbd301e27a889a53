import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { TenantId } from '../../functions/migration/names.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { addTenant, collect } from '../support/tenants.ts';
import { runInProcess } from './run-in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'tierferry-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

let ports: FakePorts;
beforeEach(() => {
  ports = fakePorts();
});
const fileOf = (text: string): string => {
  const file = join(folder, 'tenants.csv');
  writeFileSync(file, text);
  return file;
};
const run = (text: string, ...options: string[]) =>
  runInProcess(ports, ['tenant', 'import', fileOf(text), ...options]);
const registered = async () => (await collect(ports.registry.tenants())).map(({ tenantId }) => tenantId);

const DISTRICTS = `tenant,tier,name,schools,dedicated,table
cedar-valley,basic,"Cedar Valley, District",9,,
big-district,premium,Big District,80,yes,
`;

test('every column of the file reaches the registry', async () => {
  const { code, stdout } = await run(DISTRICTS, '--reason', 'first year', '--by', 'ana');
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Registered 2 tenants;'),
  });
  expect(await ports.registry.tenant('cedar-valley' as TenantId)).toMatchObject({
    name: 'Cedar Valley, District',
    tier: 'basic',
    schoolCount: 9,
    placement: 'shared',
    createdBy: 'ana',
    createdReason: 'first year',
  });
  expect(await ports.registry.tenant('big-district' as TenantId)).toMatchObject({ placement: 'dedicated' });
});

test('a dry run shows each tenant with its table, and changes nothing', async () => {
  const { code, stdout } = await run(DISTRICTS, '--dry-run');
  expect(code).toBe(0);
  expect(stdout).toMatch(/2 +cedar-valley +saas-tenant-data-basic +new table/);
  expect(stdout).toMatch(/Would register 2 tenants.*\nNothing was changed\./);
  expect(await registered()).toEqual([]);
});

test('a dry run of many tenants shows the number of each table', async () => {
  const lines = Array.from({ length: 60 }, (_, n) => `t-${n},basic`);
  const { stdout } = await run(['tenant,tier', ...lines].join('\n'), '--dry-run');
  expect(stdout).toMatch(/saas-tenant-data-basic +60 +new table/);
  expect(stdout).not.toContain('t-59');
});

test('a file as a spreadsheet writes it is read: byte order mark, blanks, empty lines, upper case', async () => {
  expect(await run('\u{FEFF}Tenant, Tier\r\n\r\ncedar , basic\r\n')).toMatchObject({ code: 0 });
  expect(await registered()).toEqual(['cedar']);
});

test('a tenant that is registered with other values is named, with exit code 1', async () => {
  await addTenant(ports, { tenantId: 'cedar', items: 1 });
  const { code, stdout } = await run('tenant,tier,name\ncedar,advanced,Cedar\nelm,basic,Elm\n');
  expect(code).toBe(1);
  expect(stdout).toMatch(/line 2 +cedar +is registered in saas-tenant-data-basic with another name, tier;/);
  expect(stdout).toContain('Registered 1 tenant; 0 registered before, 1 with other values, 0 failed.');
});

test('a tenant without a name in the file keeps the name that it was given since', async () => {
  await run('tenant,tier,name\ncedar,basic,\n');
  expect(await ports.registry.tenant('cedar' as TenantId)).toMatchObject({ name: 'cedar' });
  await runInProcess(ports, ['tenant', 'rename', 'cedar', 'Cedar Valley']);
  const { code, stdout } = await run('tenant,tier,name\ncedar,basic,\n');
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('1 registered before') });
});

test('a document names the line and the result of each tenant', async () => {
  const { stdout } = await run('tenant,tier\ncedar,basic\n', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    kind: 'tenant-import',
    import: {
      dryRun: false,
      registered: 1,
      tenants: [{ line: 2, tenantId: 'cedar', result: 'registered', isNewTable: true }],
    },
  });
});

describe('a file with a problem is refused with exit code 2, and nothing is changed', () => {
  test.each([
    ['an empty file', '', 'is empty'],
    ['an unknown column', 'tenant,tear\na,basic\n', "line 1: unknown column 'tear'. Did you mean 'tier'?"],
    ['a missing column', 'tenant,name\na,A\n', "line 1: column 'tier' is missing"],
    ['a column that is there twice', 'tenant,tier,tier\na,basic,basic\n', "column 'tier' is there twice"],
    ['too many fields', 'tenant,tier\na,basic,9\n', 'is not CSV'],
    ['an invalid number', 'tenant,tier,schools\na,basic,many\n', 'line 2: schools must be a whole number'],
    ['an invalid word', 'tenant,tier,dedicated\na,basic,maybe\n', 'line 2: dedicated must be yes or no'],
    ['a missing id', 'tenant,tier\n"",basic\n', 'line 2: the tenant id is missing'],
    ['an unknown tier', 'tenant,tier\na,basic\nb,golden\n', "line 3: there is no tier 'golden'"],
    [
      'a tenant that is there twice',
      'tenant,tier\na,basic\na,basic\n',
      'line 3: tenant a is contained twice',
    ],
  ])('%s', async (_, text, message) => {
    const { code, stderr } = await run(text);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/Nothing was changed/);
    expect(code).toBe(2);
    expect(await registered()).toEqual([]);
  });

  test('all of its problems are named, ten at most', async () => {
    const lines = Array.from({ length: 12 }, (_, n) => `t-${n},golden`);
    const { stderr } = await run(['tenant,tier', ...lines].join('\n'));
    expect(stderr).toMatch(/line 2: .*line 11: .*and 2 more problems/s);
  });

  test('a file that does not exist', async () => {
    expect(await runInProcess(ports, ['tenant', 'import', join(folder, 'none.csv')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot read'),
    });
  });
});
