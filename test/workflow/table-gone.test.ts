import { afterAll, beforeAll, expect, test } from 'vitest';
import { tableName } from '../../functions/migration/names.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended, itemsOf, untilFlipped } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startTestStack({
    settings: { pageItems: 40, leaseMs: 1, leaseGraceMs: 5 },
    countsSchools: false,
    overrides: { waits: SHORT_WAITS },
  });
  await createTierTables(stack);
});
afterAll(() => stack?.stop());

test('a kept source that is deleted by hand stops a rollback and the hold, each by name, and a retry ends the migration', async () => {
  const { ports } = stack;
  const { tenantId, items } = await addTenant(ports, { tenantId: 'moved', items: 60 });
  const request = (toTier: string, holdMs: number) =>
    requestMigration(ports, { tenantId, toTier, holdMs, requestedBy: 'test', reason: 'test' });
  const up = await request('enterprise', 0);
  expect(await ended(ports, up.migrationId)).toMatchObject({ status: 'completed' });

  const { migrationId } = await request('premium', 3_600_000);
  await untilFlipped(ports, migrationId);
  await ports.tables.delete(tableName('saas-tenant-data-enterprise-moved'));
  expect(await ended(ports, migrationId)).toMatchObject({
    status: 'holding',
    failure: { error: 'TableGone' },
  });
  await rollbackMigration(ports, migrationId, { by: 'test', reason: 'test' });
  expect(await ended(ports, migrationId)).toMatchObject({
    status: 'holding',
    failure: { error: 'TableGone' },
  });
  await retryMigration(ports, migrationId, 'test');
  const { status, target } = await ended(ports, migrationId);
  expect(status).toBe('completed');
  expect(await itemsOf(ports, tenantId, tableName(String(target.table)))).toEqual(items);
  expect((await ports.registry.tenant(tenantId))?.lockedBy).toBeUndefined();
});
