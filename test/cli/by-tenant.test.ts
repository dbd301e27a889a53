import { beforeEach, expect, test } from 'vitest';
import type { Migration } from '../../functions/migration/migration.ts';
import { epochMs, type TenantId } from '../../functions/migration/names.ts';
import { makeReport } from '../../functions/migration/report/make-report.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { heldMigration } from '../support/held-migration.ts';
import { aMigration, aSegment } from '../support/records.ts';
import { addTenant } from '../support/tenants.ts';
import { runInProcess } from './run-in-process.ts';

const north = 'north' as TenantId;
let ports: FakePorts;
beforeEach(async () => {
  ports = fakePorts();
  await addTenant(ports, { tenantId: north, items: 1 });
});

const cli = (...args: string[]) => runInProcess(ports, args);
const given = async (change: Partial<Migration>): Promise<Migration> => {
  const migration = aMigration({ tenantId: north, ...change });
  await ports.migrations.create(migration, await ports.migrations.latest(north));
  await ports.segments.add(migration.migrationId, [aSegment(0)]);
  return migration;
};

test('the status of a tenant is that of its latest migration, and a dry run does not count', async () => {
  await given({ status: 'cancelled' });
  const latest = await given({ status: 'completed' });
  await given({ status: 'completed', dryRun: true });
  const { stdout } = await cli('status', north, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ migration: { migrationId: latest.migrationId } });
});

test('the report of a tenant is that of its latest migration', async () => {
  const migration = await given({ status: 'completed', flippedAt: epochMs(1) });
  await ports.migrations.saveReport(migration.migrationId, await makeReport(ports, migration));
  expect(await cli('report', north)).toEqual(await cli('report', migration.migrationId));
});

test('a tenant with dry runs only shows the latest of them', async () => {
  const { migrationId } = await given({ status: 'completed', dryRun: true });
  expect((await cli('status', north)).stdout).toContain(migrationId);
});

test('a name that is neither a migration nor a tenant is refused, and so is a tenant without migrations', async () => {
  expect(await cli('status', 'nowhere')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no migration and no tenant 'nowhere'.*tierferry tenant list/),
  });
  expect(await cli('report', north)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/tenant north has no migration; .*tierferry migrate north/),
  });
});

test.each([
  { command: ['pause'], after: { paused: true } },
  { command: ['resume'], before: { paused: true }, after: { paused: false } },
  { command: ['hold-cutover'], after: { cutoverHeld: true } },
  { command: ['cutover'], before: { cutoverHeld: true }, after: { cutoverHeld: false } },
  { command: ['limit', '--write-units', '200'], after: { writeUnitsPerSecond: 200 } },
  { command: ['hold', '--for', '7d'], after: { holdMs: 604_800_000 } },
  { command: ['cancel', '--reason', 'no'], after: { cancellation: { by: 'ana', reason: 'no' } } },
])(
  '$command.0 of a tenant changes its open migration',
  async ({ command: [name = '', ...options], ...is }) => {
    await given({ status: 'cancelled' });
    const open = await given({ status: 'catchingUp', ...is.before });
    await ports.workflow.start(open.migrationId, 1);
    const ran = await cli(name, north, ...options, '--by', 'ana');
    expect(ran).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(open.migrationId) });
    expect(ran.stdout).not.toMatch(/tierferry \S+ north/);
    expect(await ports.migrations.get(open.migrationId)).toMatchObject(is.after);
  },
);

test('rollback of a tenant rolls back the migration in its hold', async () => {
  const held = await heldMigration();
  ports = held.ports;
  const { migrationId, tenantId } = held.migration;
  await addTenant(ports, { tenantId, items: 1 });
  expect(await cli('rollback', tenantId, '--reason', 'slow')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${migrationId} is being rolled back`),
  });
  expect((await held.now()).cancellation).toMatchObject({ reason: 'slow' });
});

test('retry of a tenant starts its latest migration again, although it has ended', async () => {
  const { migrationId } = await given({ status: 'rolledBack' });
  expect(await cli('retry', north)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${migrationId} has ended; mig-`),
  });
});

test('a tenant means its open dry run only if no other migration of it is open', async () => {
  await given({ status: 'completed' });
  const dryRun = await given({ status: 'planning', dryRun: true });
  expect((await cli('pause', north)).stdout).toContain(dryRun.migrationId);
  const open = await given({ status: 'copying' });
  expect((await cli('pause', north)).stdout).toContain(open.migrationId);
});

test('a tenant without an open migration is refused with what is there, and nothing is changed', async () => {
  expect(await cli('cancel', north)).toMatchObject({
    code: 2,
    stderr:
      'tierferry: tenant north has no open migration. Nothing was changed\nNext: tierferry tenant show north\n',
  });
  const { migrationId } = await given({ status: 'completed' });
  for (const [name = '', ...options] of [['rollback'], ['cancel'], ['hold', '--for', '7d']])
    expect(await cli(name, north, ...options), name).toMatchObject({
      code: 2,
      stderr: `tierferry: tenant north has no open migration: its latest, ${migrationId}, is completed. Nothing was changed\nNext: tierferry status ${migrationId}\n`,
    });
  expect(await ports.migrations.events(migrationId)).toHaveLength(1);
});
