import { beforeEach, expect, test } from 'vitest';
import type { Migration } from '../../functions/migration/migration.ts';
import { epochMs, type TenantId } from '../../functions/migration/names.ts';
import { makeReport } from '../../functions/migration/report/make-report.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
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
