import { beforeEach, expect, test } from 'vitest';
import { type MigrationId, type TenantId, tableName } from '../../functions/migration/names.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { aMigration } from '../support/records.ts';
import { addTenant } from '../support/tenants.ts';
import { allCommands } from './command-names.ts';
import { runInProcess } from './run-in-process.ts';

/** Commands that only show something, or run something on this machine. */
const ACT_ON_NOTHING = [
  ...['status', 'wait', 'events', 'report', 'verify', 'thresholds', 'queue', 'console', 'doctor'],
  ...['tenant list', 'tenant show', 'table list', 'local', 'demo', 'help', 'completion', 'lint-tables'],
];

let ports: FakePorts;
beforeEach(async () => {
  ports = fakePorts();
  await addTenant(ports, { tenantId: 'north', items: 1, schools: 30 });
});
const north = 'north' as TenantId;
const cli = (...args: string[]) => runInProcess(ports, [...args, '--reason', 'exam week', '--by', 'ana']);

test('every command that acts takes a reason and a name, and no other does', async () => {
  const flags = async (flag: string) =>
    (await allCommands())
      .filter(([, command]) => command.options.some(({ long }) => long === flag))
      .map(([name]) => name)
      .sort();
  const acting = (await allCommands())
    .map(([name]) => name)
    .filter((name) => !ACT_ON_NOTHING.includes(name))
    .sort();
  expect(await flags('--reason')).toEqual(acting);
  expect(await flags('--by')).toEqual(acting);
});

test('the reason of a retry is in the audit trail', async () => {
  const { migrationId } = aMigration({});
  await ports.migrations.create(aMigration({ migrationId, status: 'copying' }));
  await ports.workflow.start(migrationId, 1);
  ports.workflow.endAll();
  expect(await cli('retry', migrationId)).toMatchObject({ code: 0 });
  expect((await ports.migrations.events(migrationId)).at(-1)).toMatchObject({
    who: 'ana',
    reason: 'attempt 2 begun: exam week',
  });
});

test('the reason of a sweep is added to that of each move', async () => {
  expect(await cli('sweep')).toMatchObject({ code: 0 });
  const id = (await ports.migrations.latest(north)) as MigrationId;
  expect(await ports.migrations.get(id)).toMatchObject({ reason: expect.stringMatching(/.+; exam week$/) });
});

test("the reasons of a tenant's registration and preferences are recorded and shown", async () => {
  await cli('tenant', 'set', north, '--auto-migrate', 'off');
  await cli('tenant', 'add', 'new', '--tier', 'basic');
  expect(await ports.registry.tenant(north)).toMatchObject({
    preferencesReason: 'exam week',
    updatedBy: 'ana',
  });
  expect((await runInProcess(ports, ['tenant', 'show', north])).stdout).toMatch(
    /growth +not moved automatically: exam week/,
  );
  await runInProcess(ports, ['tenant', 'set', north, '--pin', 'premium']);
  expect(await ports.registry.tenant(north)).not.toHaveProperty('preferencesReason', 'exam week');
  expect((await runInProcess(ports, ['tenant', 'show', 'new'])).stdout).toMatch(
    /registered .* by ana: exam week/,
  );
});

test.each([
  { command: ['table', 'retire'], before: false, state: 'retiring' },
  { command: ['table', 'reinstate'], before: true, state: 'active' },
])('$command records who has asked for it, and the reason', async ({ command, before, state }) => {
  const table = tableName('saas-tenant-data-basic');
  await ports.registry.setRetiring(table, before);
  await cli(...command, table);
  expect(await ports.registry.table(table)).toMatchObject({
    state,
    operatorNote: { by: 'ana', reason: 'exam week', at: expect.any(Number) },
  });
});

test('a table that is added records who has added it, and the reason', async () => {
  const { stdout } = await cli('table', 'add', 'basic', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ table: { operatorNote: { by: 'ana', reason: 'exam week' } } });
});
