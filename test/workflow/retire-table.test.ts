import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TableName, type TenantId, tableName } from '../../functions/migration/names.ts';
import { addTable } from '../../functions/migration/operator/add-table.ts';
import { reinstateTable, retireTable } from '../../functions/migration/operator/retire-table.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';
import { until } from '../support/until.ts';

const BASIC = tableName('saas-tenant-data-basic');
const SECOND = tableName('saas-tenant-data-basic.2');

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack({ holdMs: 0 });
});
afterAll(() => stack.stop());

const retire = (table: TableName, more: { signal?: AbortSignal } = {}) =>
  retireTable(stack.ports, { table, waits: true, by: 'ops', reason: 'retired', ...more });
const tableOf = async (tenantId: TenantId) => (await stack.ports.registry.tenant(tenantId))?.table;
const added = (tenantId: string, schools = 3) => addTenant(stack.ports, { tenantId, items: 60, schools });

test('every tenant of a retired table moves to another of the tier, and nothing is lost', async () => {
  const { ports } = stack;
  // the last one has outgrown its tier, which a move within it does not make worse
  const tenants = [await added('r-1'), await added('r-2'), await added('r-3', 12)];
  const retired = await retireTable(ports, {
    table: BASIC,
    waits: true,
    by: 'ops',
    reason: 'too hot',
  });
  expect(retired).toMatchObject({ table: BASIC, stays: [], coming: 0 });
  expect(retired.moved).toHaveLength(tenants.length);
  for (const id of retired.moved) {
    const migration = await ended(ports, id);
    expect(migration).toMatchObject({ status: 'completed', requestedBy: 'ops', reason: 'too hot' });
    expect(migration.target).toEqual({ tier: 'basic', placement: 'shared', table: SECOND });
  }
  for (const { tenantId, items } of tenants) {
    expect(await tableOf(tenantId)).toBe(SECOND);
    expect(await itemsOf(ports, tenantId, SECOND)).toEqual(items);
    expect(await itemsOf(ports, tenantId, BASIC)).toEqual([]);
  }
  expect(await ports.registry.table(BASIC)).toMatchObject({ state: 'retiring', tenants: 0, departing: 0 });
  // a new tenant is placed elsewhere, until the table takes tenants again
  expect((await added('r-4')).table).toBe(SECOND);
  await reinstateTable(ports, BASIC);
  expect((await ports.registry.table(BASIC))?.state).toBe('active');
});

test('a tenant that cannot leave stays, with the reason; the next run moves it', async () => {
  const { ports } = stack;
  const third = await addTable(ports, 'basic');
  expect(third).toMatchObject({ table: 'saas-tenant-data-basic.3', tenants: 0, freeSlots: 100 });
  await retire(BASIC);
  stack.plant({ state: 'CopySegment', when: 'before' });
  const first = await retire(SECOND);
  stack.plant();
  expect(first.moved).toEqual([]);
  expect(first.stays.map(({ tenantId }) => tenantId).sort()).toEqual(['r-1', 'r-2', 'r-3', 'r-4']);
  for (const { reason } of first.stays) expect(reason).toMatch(/^mig-.* is rolled back: before CopySegment$/);
  // a retry of such a migration is again one within the tier
  const [stayed] = first.stays;
  const [failed] = /^mig-\S+/.exec(stayed?.reason ?? '') ?? [''];
  const retried = await retryMigration(ports, failed, 'ops');
  expect(retried.target).toEqual({ tier: 'basic', placement: 'shared' });
  const second = await retire(SECOND);
  expect(second.stays).toEqual([]);
  for (const id of second.moved) await ended(ports, id);
  await ended(ports, retried.migrationId);
  for (const { tenantId } of first.stays) expect(await tableOf(tenantId)).toBe(third.table);
});

test('a tenant that is already leaving is waited for and not requested again; one that has just been moved here stays', async () => {
  const { ports } = stack;
  const from = tableName('saas-tenant-data-basic.3');
  await reinstateTable(ports, SECOND);
  const departing = await requestMigration(ports, {
    tenantId: 'r-1',
    requestedBy: 'ops',
    reason: 'noisy',
    holdCutover: true,
  });
  const locked = async () => (await ports.registry.tenant('r-1' as TenantId))?.lockedBy;
  await until('the tenant to be locked', async () => (await locked()) === departing.migrationId);
  const controller = new AbortController();
  const waiting = retire(from, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('Ctrl-C')), 2_000);
  await expect(waiting).rejects.toThrow('Ctrl-C');
  expect(await tableOf('r-1' as TenantId)).toBe(from);
  await ports.migrations.update(await reread(departing.migrationId), { cutoverHeld: false });
  const retired = await retire(from);
  expect(retired.stays).toEqual([]);
  for (const id of retired.moved) expect((await ended(ports, id)).status).toBe('completed');
  expect(await ended(ports, departing.migrationId)).toMatchObject({ status: 'completed' });

  const brought = await requestMigration(ports, {
    tenantId: 'r-2',
    requestedBy: 'ops',
    reason: 'to see',
    holdMs: 60_000,
  });
  const before = await tableOf('r-2' as TenantId);
  let location = before;
  while (location === before || !location) {
    await ports.clock.sleep(20);
    location = await tableOf('r-2' as TenantId);
  }
  const { stays } = await retire(location);
  expect(stays).toMatchObject([{ tenantId: 'r-2', reason: expect.stringContaining(brought.migrationId) }]);
});

const reread = async (id: Parameters<typeof ended>[1]) => {
  const migration = await stack.ports.migrations.get(id);
  if (!migration) throw new Error(`there is no migration ${id}`);
  return migration;
};
