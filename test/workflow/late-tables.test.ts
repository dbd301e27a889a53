import { afterAll, beforeAll, expect, test } from 'vitest';
import { tableName } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import { LateTables } from '../support/late-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

const late = new LateTables();
let stack: Stack;
beforeAll(async () => {
  stack = await startTestStack({
    settings: { pageItems: 40, leaseMs: 1, leaseGraceMs: 5, holdMs: 0 },
    countsSchools: false,
    overrides: { waits: SHORT_WAITS },
    dynamodb: late.dynamodb,
  });
  await createTierTables(stack);
});
afterAll(() => stack?.stop());

const migrate = async (tenantId: string, toTier: string) => {
  const { ports } = stack;
  const { migrationId } = await requestMigration(ports, {
    tenantId,
    toTier,
    requestedBy: 'test',
    reason: 'test',
  });
  return ended(ports, migrationId);
};

test('a tenant moves to a table whose recovery comes late, and leaves it once its one backup is complete', async () => {
  const { ports } = stack;
  const { tenantId, items } = await addTenant(ports, { tenantId: 'grown', items: 60 });
  const up = await migrate('grown', 'enterprise');
  expect(up).toMatchObject({ status: 'completed' });
  const own = tableName('saas-tenant-data-enterprise-grown');
  expect(await ports.tables.describe(own)).toMatchObject({ pointInTimeRecovery: true });
  const down = await migrate('grown', 'premium');
  expect(down).toMatchObject({ status: 'completed' });
  expect([...late.backups]).toMatchObject([[down.finalBackup, { table: own }]]);
  expect(await ports.tables.describe(own)).toBeUndefined();
  expect(await itemsOf(ports, tenantId, tableName(String(down.target.table)))).toEqual(items);
  // the table was not deleted too early, nor backed up twice
  expect(late.refusals).not.toContain('ResourceInUseException');
  expect(late.refusals).not.toContain('BackupInUseException');
});

test('tenant add creates a table whose recovery comes late, and so does table add', async () => {
  const { ports } = stack;
  late.refusals.length = 0;
  const added = await runInProcess(ports, [
    ...['tenant', 'add', 'newcomer', '--tier', 'enterprise', '--schools', '3'],
  ]);
  expect(added).toMatchObject({ code: 0 });
  expect(await runInProcess(ports, ['table', 'add', 'basic'])).toMatchObject({ code: 0 });
  expect(late.refusals).toContain('ContinuousBackupsUnavailableException');
  for (const name of ['saas-tenant-data-enterprise-newcomer', 'saas-tenant-data-basic.2'])
    expect(await ports.tables.describe(tableName(name))).toMatchObject({ pointInTimeRecovery: true });
});
