import { beforeEach, expect, test } from 'vitest';
import { type TenantId, tableName } from '../../functions/migration/names.ts';
import { main } from '../../scripts/cli/main.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { addTenant, itemsOf } from '../support/tenants.ts';
import { listen, runInProcess } from './run-in-process.ts';

const north = 'north' as TenantId;
const BASIC = tableName('saas-tenant-data-basic');

let ports: FakePorts;
beforeEach(async () => {
  ports = fakePorts();
  await addTenant(ports, { tenantId: north, items: 30 });
});
const remove = (...options: string[]) => runInProcess(ports, ['tenant', 'remove', north, ...options]);

test('a tenant with items is refused with exit code 3, and nothing changes', async () => {
  const { code, stderr } = await remove();
  expect(code).toBe(3);
  expect(stderr).toMatch(
    /has items in table .*Nothing was changed.*\n.*tierferry tenant remove north --delete-items/s,
  );
  expect(await ports.routes.get(north)).toBeDefined();
});

test('a dry run counts what would be deleted', async () => {
  const { code, stdout } = await remove('--dry-run');
  expect(code).toBe(0);
  expect(stdout).toBe(
    'Removing tenant north deletes its 30 items in table saas-tenant-data-basic, after a backup of the table.\nNothing was changed.\n',
  );
  expect(await itemsOf(ports, north, BASIC)).toHaveLength(30);
});

test('without a terminal and without --yes the deletion is refused, with the number of items', async () => {
  const [stdout, stderr] = [listen(), listen()];
  const streams = { stdout: stdout.stream, stderr: stderr.stream };
  const args = ['tenant', 'remove', north, '--delete-items'];
  expect(await main(args, {}, { streams, connect: () => ports })).toBe(2);
  expect(stderr.text()).toMatch(
    /cannot be undone and was not confirmed. It deletes its 30 items .*add --yes/s,
  );
  expect(await itemsOf(ports, north, BASIC)).toHaveLength(30);
});

test('a confirmed deletion says its steps, the number of items and the backup', async () => {
  const { code, stdout } = await remove('--delete-items', '--yes', '--by', 'ana', '--reason', 'ended');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /waiting until the leases of all routers have ended\nbacking up the table\ndeleting items\n/,
  );
  expect(stdout).toMatch(
    /tenant north was removed .* by ana\.\n30 items were deleted in saas-tenant-data-basic\.\nBackup: arn/,
  );
  expect(await itemsOf(ports, north, BASIC)).toEqual([]);
});

test('the deletion of a dedicated table is said as such', async () => {
  const { table } = await addTenant(ports, { tenantId: 'own', tier: 'enterprise', items: 4 });
  const { stdout } = await runInProcess(ports, ['tenant', 'remove', 'own', '--delete-items', '--yes']);
  expect(stdout).toContain(`Its table ${table} was deleted, with 4 items.`);
});

test('a tenant without items is removed without a question, and again without an error', async () => {
  await addTenant(ports, { tenantId: 'empty', items: 0 });
  const args = ['tenant', 'remove', 'empty', '--json'];
  const first = await runInProcess(ports, args);
  expect(JSON.parse(first.stdout)).toMatchObject({ kind: 'tenant-removed', removed: { itemsDeleted: 0 } });
  expect(first.stderr).toContain('waiting until the leases');
  const second = await runInProcess(ports, args);
  expect(second).toMatchObject({ code: 0, stdout: first.stdout });
});

test('an unknown tenant is refused with exit code 2', async () => {
  expect(await runInProcess(ports, ['tenant', 'remove', 'none'])).toMatchObject({ code: 2 });
  expect(await runInProcess(ports, ['tenant', 'remove', 'none', '--delete-items'])).toMatchObject({
    code: 2,
  });
});

test('a limit of write units without a deletion is refused', async () => {
  expect(await remove('--write-units', '5')).toMatchObject({ code: 2 });
});

test('a tenant that is called otherwise keeps its id', async () => {
  const { code, stdout } = await runInProcess(ports, ['tenant', 'rename', north, 'Northern Lights']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'tenant north is called Northern Lights.\n' });
  expect(await ports.registry.tenant(north)).toMatchObject({ tenantId: north, name: 'Northern Lights' });
});

test('a removal that was interrupted is shown with the command that continues it', async () => {
  const partition = ports.tables.partition(north);
  partition.fault = (): undefined => {
    throw new Error('the machine was turned off');
  };
  await remove('--delete-items', '--yes', '--by', 'ana', '--reason', 'ended');
  const { stdout } = await runInProcess(ports, ['tenant', 'show', north]);
  expect(stdout).toMatch(/removal +begun .* by ana: ended; continue with 'tierferry tenant remove north'/);
  expect(stdout).toMatch(/route +none/);
});
