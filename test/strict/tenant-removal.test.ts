import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TenantId } from '../../functions/migration/names.ts';
import type { RemovalStep } from '../../functions/migration/tenants/removal-run.ts';
import { removeTenant } from '../../functions/migration/tenants/remove-tenant.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { addTenant, itemsOf } from '../support/tenants.ts';
import { STRICT, startStrictStack } from '../support/test-stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStrictStack(STRICT);
});
afterAll(() => stack?.stop());

const remove = async (tenantId: string) => {
  const steps = new Set<RemovalStep>();
  const request = { tenantId, deletesItems: true, by: 'test' };
  const removed = await removeTenant(stack.ports, request, (step) => steps.add(step));
  return { removed, steps: [...steps] };
};

test('a dedicated table is backed up, disconnected from its stream readers and deleted', async () => {
  const { table } = await addTenant(stack.ports, { tenantId: 'cedar', tier: 'enterprise', items: 60 });
  const { removed, steps } = await remove('cedar');
  expect(steps).toEqual(['waitingForLeases', 'backingUp', 'deletingTable']);
  expect(removed).toMatchObject({
    itemsDeleted: 60,
    isTableDropped: true,
    backup: expect.stringMatching(/^arn:/),
  });
  expect(await stack.ports.tables.backup(removed.backup ?? '')).toBe('available');
  expect((await stack.ports.tables.describe(table))?.status ?? 'DELETING').toBe('DELETING');
  expect(await stack.ports.registry.table(table)).toMatchObject({ state: 'dropped' });
});

test('in a shared table only the items of the tenant are deleted, after a backup', async () => {
  const { table } = await addTenant(stack.ports, { tenantId: 'elm', items: 120 });
  const { items } = await addTenant(stack.ports, { tenantId: 'oak', items: 30 });
  const { removed, steps } = await remove('elm');
  expect(steps).toEqual(['waitingForLeases', 'backingUp', 'deletingItems']);
  expect(removed).toMatchObject({ itemsDeleted: 120, backup: expect.stringMatching(/^arn:/) });
  expect(await itemsOf(stack.ports, 'elm' as TenantId, table)).toEqual([]);
  expect(await itemsOf(stack.ports, 'oak' as TenantId, table)).toEqual(items);
});
