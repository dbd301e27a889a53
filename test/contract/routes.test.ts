import { expect, test } from 'vitest';
import { Conflict } from '../../functions/migration/errors.ts';
import { epochMs, type MigrationId } from '../../functions/migration/names.ts';
import { withPastTable } from '../../functions/migration/route/past-tables.ts';
import { arm, disarm, fence, flip, type Route, reopen } from '../../functions/migration/route/route.ts';
import { aRoute, aTable, aTenant } from '../support/records.ts';
import { collect } from '../support/tenants.ts';
import { inBothWorlds } from '../support/worlds.ts';

const migrationId = 'mig-1' as MigrationId;

inBothWorlds('routes', (ports) => {
  const added = async () => {
    const table = aTable();
    const tenant = aTenant({ table: table.table });
    const route = aRoute({ tenantId: tenant.tenantId, table: table.table });
    await ports().registry.addTable(table);
    await ports().registry.addTenant(tenant, route);
    return route;
  };

  test('a route is fenced and reopened by compare-and-set, and read as it was written', async () => {
    const { routes } = ports();
    const open = await added();
    const fenced = fence(open, { migrationId, source: open.table, deadline: epochMs(9) });
    await routes.compareAndSet(open, fenced);
    expect(await routes.get(open.tenantId)).toEqual(fenced);
    const reopened = reopen(fenced, { migrationId, leaseMs: 5 });
    await routes.compareAndSet(fenced, reopened);
    expect(await routes.get(open.tenantId)).toEqual(reopened);
    for (const epoch of [open.epoch, reopened.epoch + 1] as Route['epoch'][]) {
      await expect(routes.compareAndSet({ ...reopened, epoch }, open)).rejects.toThrow(Conflict);
    }
    expect(await routes.get(open.tenantId)).toEqual(reopened);
  });

  test('of a concurrent flip and reopening, one succeeds and the other learns of it', async () => {
    const { routes } = ports();
    const open = await added();
    const fenced = fence(open, { migrationId, source: open.table, deadline: epochMs(9) });
    await routes.compareAndSet(open, fenced);
    const target = aTable().table;
    const rivals = [
      flip(fenced, { migrationId, target, leaseMs: 5, now: epochMs(8) }),
      reopen(fenced, { migrationId, leaseMs: 5 }),
    ];
    const outcomes = await Promise.allSettled(rivals.map((to) => routes.compareAndSet(fenced, to)));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((one) => one.status === 'rejected')?.reason).toBeInstanceOf(Conflict);
    const winner = rivals[outcomes.findIndex((one) => one.status === 'fulfilled')];
    expect(await routes.get(open.tenantId)).toEqual(winner);
  });

  test('capture is turned on and off by compare-and-set, and read as it was written', async () => {
    const { routes } = ports();
    const open = await added();
    const target = aTable().table;
    const armed = arm(open, { migrationId, side: 'source', table: open.table });
    const both = arm(armed, { migrationId, side: 'target', table: target });
    const fenced = fence(both, { migrationId, source: open.table, deadline: epochMs(9) });
    const reversed = flip(fenced, { migrationId, target: open.table, leaseMs: 5, now: epochMs(8) });
    expect(reversed.capture).toEqual({ ...both.capture, isReversed: true });
    const states = [armed, both, fenced, reversed, disarm(reversed, { migrationId })];
    let before = open;
    for (const state of states) {
      await routes.compareAndSet(before, state);
      expect(await routes.get(open.tenantId)).toEqual(state);
      before = state;
    }
  });

  test('the past tables of a route are read as they were written', async () => {
    const { routes } = ports();
    const open = await added();
    const fenced = fence(open, { migrationId, source: open.table, deadline: epochMs(9) });
    const flipped = flip(fenced, { migrationId, target: aTable().table, leaseMs: 5, now: epochMs(8) });
    const moved = withPastTable(fenced, flipped, epochMs(8));
    expect(moved.pastTables).toEqual([{ table: open.table, until: 8 }]);
    await routes.compareAndSet(open, moved);
    expect(await routes.get(open.tenantId)).toEqual(moved);
  });

  test('the fenced routes of all tenants are listed, and no other', async () => {
    const { routes } = ports();
    const [open, closed] = [await added(), await added()];
    const fenced = fence(closed, { migrationId, source: closed.table, deadline: epochMs(9) });
    await routes.compareAndSet(closed, fenced);
    const found = await collect(routes.fenced());
    expect(found).toContainEqual(fenced);
    expect(found.map(({ tenantId }) => tenantId)).not.toContain(open.tenantId);
  });

  test('many existing routes are read in one call, also over 100', async () => {
    const { routes } = ports();
    const some = [await added(), await added(), await added()];
    const missing = Array.from({ length: 120 }, () => aRoute().tenantId);
    const asked = [...missing.slice(0, 60), ...some.map(({ tenantId }) => tenantId), ...missing.slice(60)];
    const found = await routes.getMany([...asked, ...asked.slice(55, 70)]);
    const wanted = some.map(({ tenantId, table }) => [tenantId, { tenantId, table }] as const);
    expect(found).toEqual({ routes: new Map(wanted), damaged: new Set() });
    expect(await routes.getMany([])).toEqual({ routes: new Map(), damaged: new Set() });
  });

  test('a missing route cannot be created by a change', async () => {
    const { routes } = ports();
    const nowhere = aRoute();
    await expect(routes.compareAndSet(nowhere, nowhere)).rejects.toThrow(Conflict);
    expect(await routes.get(nowhere.tenantId)).toBeUndefined();
  });
});
