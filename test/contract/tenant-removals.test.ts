import { expect, test } from 'vitest';
import { Conflict, TenantBeingRemoved } from '../../functions/migration/errors.ts';
import { epochMs, type RoutingEpoch } from '../../functions/migration/names.ts';
import type { Tenant } from '../../functions/migration/registry/tenant.ts';
import type { Removal, RemovedTenant } from '../../functions/migration/registry/tenant-removal.ts';
import type { TierTable } from '../../functions/migration/registry/tier-table.ts';
import { aMigration, aRoute, aTable, aTenant, newTenantId } from '../support/records.ts';
import { inBothWorlds } from '../support/worlds.ts';

const at = epochMs(Date.UTC(2026, 0, 3));
const aRemoval = (given: Partial<Removal> = {}): Removal => ({
  removalId: 'rem-1',
  runId: 'run-1',
  startedAt: at,
  startedBy: 'ana',
  routeEpoch: 1 as RoutingEpoch,
  leaseMs: 30_000,
  ...given,
});
const removedFrom = (
  { tenantId, tier, placement, table }: Tenant,
  given: Partial<RemovedTenant> = {},
): RemovedTenant => ({
  ...{ tenantId, tier, placement, table },
  removedAt: at,
  removedBy: 'ana',
  itemsDeleted: 0,
  routeEpoch: 1 as RoutingEpoch,
  ...given,
});

inBothWorlds('removals of tenants', (ports) => {
  const registered = async (given: Partial<TierTable> = {}) => {
    const tenantId = newTenantId();
    const owner = given.placement === 'dedicated' ? { tenantId, freeSlots: 1 } : {};
    const table = aTable({ ...owner, ...given });
    await ports().registry.addTable(table);
    const tenant = aTenant({ tenantId, table: table.table, placement: table.placement });
    const route = aRoute({ tenantId, table: table.table });
    await ports().registry.addTenant(tenant, route);
    return { table, tenant, route };
  };

  test('a removal deletes the route, and its end the record, and frees the slot', async () => {
    const { registry, routes } = ports();
    const { table, tenant, route } = await registered();
    const { tenantId } = tenant;
    const removal = aRemoval({ reason: 'contract ended' });
    await registry.startRemoval(tenant, route, removal);
    expect(await registry.tenant(tenantId)).toEqual({ ...tenant, removal });
    expect(await routes.get(tenantId)).toBeUndefined();
    const deleting = { ...removal, backup: 'arn', itemsDeleted: 7 };
    await registry.saveRemoval(tenant, deleting);
    expect((await registry.tenant(tenantId))?.removal).toEqual(deleting);
    const removed = removedFrom(tenant, { itemsDeleted: 7, backup: 'arn', reason: 'contract ended' });
    await registry.endRemoval(tenant, deleting, removed);
    expect(await registry.tenant(tenantId)).toBeUndefined();
    expect(await registry.removedTenant(tenantId)).toEqual(removed);
    expect(await registry.table(table.table)).toEqual(table);
    await expect(registry.endRemoval(tenant, deleting, removed)).rejects.toThrow(Conflict);
    expect(await registry.table(table.table)).toEqual(table);
    const { tenants } = await registry.tenantsIn(
      { by: 'table', value: table.table, order: 'id' },
      { limit: 5 },
    );
    expect(tenants).toEqual([]);
  });

  test('a tenant that was never removed has no record of a removal', async () => {
    expect(await ports().registry.removedTenant(newTenantId())).toBeUndefined();
  });

  test('the later of two runs continues, and the earlier one changes nothing more', async () => {
    const { registry } = ports();
    const { tenant, route } = await registered();
    const first = aRemoval();
    await registry.startRemoval(tenant, route, first);
    const seen = { ...tenant, removal: first };
    const second = aRemoval({ runId: 'run-2' });
    await registry.startRemoval(seen, undefined, second);
    await expect(registry.startRemoval(seen, undefined, aRemoval({ runId: 'run-3' }))).rejects.toThrow(
      Conflict,
    );
    await expect(registry.saveRemoval(tenant, { ...first, itemsDeleted: 1 })).rejects.toThrow(Conflict);
    await expect(registry.undoRemoval(tenant, first, route)).rejects.toThrow(Conflict);
    await expect(registry.endRemoval(tenant, first, removedFrom(tenant))).rejects.toThrow(Conflict);
    expect((await registry.tenant(tenant.tenantId))?.removal).toEqual(second);
  });

  test('a removal that is undone gives the route back', async () => {
    const { registry, routes } = ports();
    const { table, tenant, route } = await registered();
    const removal = aRemoval();
    await registry.startRemoval(tenant, route, removal);
    const next = { ...route, epoch: 2 as RoutingEpoch };
    await registry.undoRemoval(tenant, removal, next);
    expect(await registry.tenant(tenant.tenantId)).toEqual(tenant);
    expect(await routes.get(tenant.tenantId)).toEqual(next);
    expect(await registry.table(table.table)).toMatchObject({ tenants: 1 });
  });

  test('a removal and a migration exclude each other, whichever comes first', async () => {
    const { registry, migrations } = ports();
    const { tenant, route } = await registered();
    const { tenantId, table } = tenant;
    const migration = aMigration({ tenantId, status: 'planning' });
    await migrations.create(migration);
    await registry.lockTenant(tenantId, migration.migrationId, table);
    await expect(registry.startRemoval(tenant, route, aRemoval())).rejects.toThrow(Conflict);
    await registry.unlockTenant(tenantId, migration.migrationId);
    await registry.startRemoval(tenant, route, aRemoval());
    await expect(registry.lockTenant(tenantId, migration.migrationId, table)).rejects.toThrow(
      TenantBeingRemoved,
    );
  });

  test('a removal does not start if the route has changed, is fenced or captured', async () => {
    const { registry, routes } = ports();
    const { tenant, route } = await registered();
    const changes = [
      { writes: 'fenced', fence: { migrationId: aMigration().migrationId, deadline: at } },
      { capture: { migrationId: aMigration().migrationId, tables: { source: tenant.table } } },
      {},
    ] as const;
    let now = route;
    for (const change of changes) {
      const to = { ...route, ...change, epoch: (now.epoch + 1) as RoutingEpoch };
      await routes.compareAndSet(now, to);
      const seen = Object.keys(change).length === 0 ? now : to;
      await expect(registry.startRemoval(tenant, seen, aRemoval())).rejects.toThrow(Conflict);
      now = to;
    }
    await expect(registry.startRemoval(tenant, undefined, aRemoval())).rejects.toThrow(Conflict);
    expect(await registry.tenant(tenant.tenantId)).toEqual(tenant);
  });

  test("a tenant's own table is marked before it is deleted, and its name stays taken", async () => {
    const { registry } = ports();
    const { table, tenant, route } = await registered({ placement: 'dedicated' });
    const removal = aRemoval();
    await registry.startRemoval(tenant, route, removal);
    await registry.saveRemoval(tenant, { ...removal, itemsDeleted: 3 }, true);
    expect(await registry.table(table.table)).toMatchObject({ state: 'dropping', tenants: 1 });
    const removed = removedFrom(tenant, { itemsDeleted: 3, isTableDropped: true });
    await registry.endRemoval(tenant, removal, removed);
    expect(await registry.table(table.table)).toMatchObject({ state: 'dropped', tenants: 0, freeSlots: 0 });
  });

  test.each<[string, Partial<TierTable>]>([
    ['shared', {}],
    ['adopted', { placement: 'dedicated', isAdopted: true }],
  ])('a table that is %s is never marked for deletion', async (_, given) => {
    const { registry } = ports();
    const { table, tenant, route } = await registered(given);
    const removal = aRemoval();
    await registry.startRemoval(tenant, route, removal);
    await expect(registry.saveRemoval(tenant, removal, true)).rejects.toThrow(Conflict);
    expect(await registry.table(table.table)).toMatchObject({ state: 'active' });
  });

  test('a tenant gets another name, by which lists find it', async () => {
    const { registry } = ports();
    const { table, tenant } = await registered();
    const { tenantId } = tenant;
    await registry.setName(tenantId, { name: 'Zenith', reason: 'merger', by: 'ana', at });
    const renamed = { ...tenant, name: 'Zenith', nameReason: 'merger', updatedBy: 'ana', updatedAt: at };
    expect(await registry.tenant(tenantId)).toEqual(renamed);
    const { tenants } = await registry.tenantsIn(
      { by: 'tier', value: table.tier, order: 'name', prefix: 'zen' },
      { limit: 50 },
    );
    expect(tenants).toContainEqual(renamed);
    await expect(registry.setName(newTenantId(), { name: 'x', by: 'ana', at })).rejects.toThrow(Conflict);
  });
});
