import { afterAll, beforeAll, expect, test } from 'vitest';
import { tableName } from '../../functions/migration/names.ts';
import { registerTenant } from '../../functions/migration/operator/register-tenant.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended, itemsOf, putAll } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

const OLD = tableName('prod-big-district');

let stack: Stack;
beforeAll(async () => {
  stack = await startTestStack({
    settings: { pageItems: 40, holdMs: 0, leaseMs: 50, cutoverLeaseMs: 1 },
    overrides: { waits: SHORT_WAITS },
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());

test('an existing table is emptied of its tenant and kept, with items of tenants that are not registered', async () => {
  const { ports } = stack;
  const { tables, settings } = ports;
  await tables.create(OLD, settings.tableDesign);
  await tables.configure(OLD, settings.tableDesign);
  const { tenantId } = await registerTenant(ports, {
    tenantId: 'big',
    name: 'Big',
    tier: 'enterprise',
    table: OLD,
    by: 'test',
  });
  const { items } = await addTenant(ports, { tenantId: 'other', items: 90 });
  const own = items.map((item) => ({ ...item, tenantId: { S: 'big' } }));
  await putAll(ports, tenantId, OLD, own);
  // a shared table that was mistaken for one tenant's: its other tenant has items in it, and is in no registry
  const stray = { tenantId: { S: 'unheard-of' }, entityKey: { S: 'SCHOOL#1' } };
  const unheardOf = 'unheard-of' as typeof tenantId;
  await putAll(ports, unheardOf, OLD, [stray]);
  const request = { tenantId: 'big', toTier: 'premium', requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(ports, request);
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'completed' });
  expect(await itemsOf(ports, tenantId, tableName('saas-tenant-data-premium'))).toEqual(own);
  expect(await itemsOf(ports, tenantId, OLD)).toEqual([]);
  expect(await itemsOf(ports, unheardOf, OLD)).toEqual([stray]);
  expect((await ports.migrations.plan(migrationId))?.estimate.writeUnits).toBeGreaterThan(2 * own.length);
});
