import { beforeEach, expect, test } from 'vitest';
import type { Status } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { aMigration } from '../support/records.ts';
import { addTenant } from '../support/tenants.ts';
import { runInProcess } from './run-in-process.ts';

let ports: FakePorts;
beforeEach(() => {
  ports = fakePorts();
});

const cli = (...args: string[]) => runInProcess(ports, ['wait', ...args]);

const open = async (change: Partial<Migration> = {}): Promise<Migration> => {
  const migration = aMigration({ status: 'copying', ...change });
  await ports.migrations.create(migration, await ports.migrations.latest(migration.tenantId));
  await ports.workflow.start(migration.migrationId, migration.attempt);
  return migration;
};

/** Each time the command sleeps, the migration changes to the next of these statuses. */
const changesInto = ({ migrationId }: Migration, ...statuses: Status[]): void => {
  const { clock, migrations } = ports;
  clock.sleep = async (ms) => {
    clock.advance(ms);
    const [next] = statuses.splice(0, 1);
    const migration = await migrations.get(migrationId);
    if (next && migration)
      await migrations.transition(migration, next, { who: 'workflow', reason: 'next', at: clock.now() });
  };
};

test('wait ends with 0 once the migration has the status', async () => {
  const migration = await open();
  changesInto(migration, 'catchingUp', 'cuttingOver', 'holding');
  expect(await cli(migration.migrationId, '--for', 'holding')).toEqual({
    code: 0,
    stdout: `${migration.migrationId} is holding.\n`,
    stderr: '',
  });
});

test('a status that was passed has been reached, and statuses may be written with hyphens', async () => {
  const { migrationId } = await open({ status: 'holding' });
  expect(await cli(migrationId, '--for', 'catching-up')).toMatchObject({ code: 0 });
});

test('wait for a tenant waits for its latest migration, until it is completed', async () => {
  await addTenant(ports, { tenantId: 'north', items: 1 });
  const { tenantId } =
    (await ports.registry.tenant(aMigration({ tenantId: 'north' as never }).tenantId)) ?? {};
  if (!tenantId) throw new Error('no tenant');
  const migration = await open({ tenantId, status: 'cleaningUp' });
  changesInto(migration, 'completed');
  expect((await cli('north')).stdout).toBe(`${migration.migrationId} is completed.\n`);
});

test('a migration that ends otherwise ends the wait with 1', async () => {
  const migration = await open();
  changesInto(migration, 'rollingBack', 'cancelled');
  const { code, stdout } = await cli(migration.migrationId, '--for', 'holding');
  expect(code).toBe(1);
  expect(stdout).toMatch(/is cancelled and cannot become holding\.\nsee tierferry status/);
});

test('a migration whose execution has stopped ends the wait with 1 and the next command', async () => {
  const migration = await open();
  ports.workflow.migrations.clear();
  const { code, stdout } = await cli(migration.migrationId, '--for', 'holding');
  expect(code).toBe(1);
  expect(stdout).toMatch(/its execution has stopped\.\ncontinue: tierferry retry mig-/);
});

test('after its time-out the wait ends with 1, and says that the migration continues', async () => {
  const { migrationId } = await open();
  const { code, stderr } = await cli(migrationId, '--for', 'holding', '--timeout', '90s');
  expect(code).toBe(1);
  expect(stderr).toMatch(/is copying and was not holding within 1 min 30 s\. It continues\./);
});

test('a dry run is never copying, so waiting for that is a usage error', async () => {
  const { migrationId } = await open({ status: 'planning', dryRun: true });
  expect(await cli(migrationId, '--for', 'copying')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/is a dry run and is never copying/),
  });
});
