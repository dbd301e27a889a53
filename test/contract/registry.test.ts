import { expect, test } from 'vitest';
import { Conflict, TenantAlreadyMigrating } from '../../functions/migration/errors.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { epochMs, type MigrationId, type TierName } from '../../functions/migration/names.ts';
import type { TierTable } from '../../functions/migration/registry/tier-table.ts';
import { aMigration, aRoute, aTable, aTenant, newTableName, newTenantId } from '../support/records.ts';
import { collect } from '../support/tenants.ts';
import { inBothWorlds } from '../support/worlds.ts';

const event = { who: 'test', reason: 'to see', at: epochMs(1) };
const later = epochMs(Date.UTC(2026, 0, 3));

inBothWorlds('registry', (ports) => {
  const table = async (given: Partial<TierTable> = {}) => {
    const added = aTable(given);
    await ports().registry.addTable(added);
    return added;
  };
  /** A tenant in a table of `source`, locked by a migration to a table of `target`. */
  const locked = async (source: Partial<TierTable> = {}, target: Partial<TierTable> = {}) => {
    const from = await table(source);
    const to = await table({ tier: 'premium' as TierName, ...target });
    const tenant = aTenant({ table: from.table, placement: from.placement });
    await ports().registry.addTenant(tenant, aRoute({ tenantId: tenant.tenantId, table: from.table }));
    const migration = aMigration({
      tenantId: tenant.tenantId,
      status: 'provisioning',
      source: { tier: tenant.tier, placement: from.placement, table: from.table },
      target: { tier: to.tier, placement: to.placement },
    });
    await ports().migrations.create(migration);
    await ports().registry.lockTenant(tenant.tenantId, migration.migrationId, from.table);
    return {
      tenant,
      from,
      to,
      migration,
      pending: { tier: to.tier, placement: to.placement, table: to.table },
    };
  };
  const fresh = async ({ migrationId }: Migration): Promise<Migration> => {
    const found = await ports().migrations.get(migrationId);
    if (!found) throw new Error(`there is no ${migrationId}`);
    return found;
  };
  const counts = async ({ table: name }: TierTable) => {
    const { freeSlots, tenants, reserved, departing } = (await ports().registry.table(name)) ?? {};
    return { freeSlots, tenants, reserved, departing };
  };

  test("a tenant's preferences are set and removed, and nothing else of it changes", async () => {
    const { registry } = ports();
    const { tenant, migration } = await locked();
    const said = { by: 'ana', at: later };
    const preferencesReason = 'exam week';
    await registry.setPreferences(
      tenant.tenantId,
      { autoMigrate: 'off', pinnedTier: tenant.tier, preferencesReason },
      said,
    );
    await registry.setPreferences(tenant.tenantId, { autoMigrate: undefined, wantsDedicated: true }, said);
    expect(await registry.tenant(tenant.tenantId)).toEqual({
      ...tenant,
      lockedBy: migration.migrationId,
      pinnedTier: tenant.tier,
      wantsDedicated: true,
      preferencesReason,
      updatedAt: later,
      updatedBy: 'ana',
    });
    await expect(registry.setPreferences(newTenantId(), { autoMigrate: 'off' }, said)).rejects.toThrow(
      Conflict,
    );
  });

  test("a tenant's preferences are changed only if they are those that were seen, if any are given", async () => {
    const { registry } = ports();
    const { tenant } = await locked();
    const { tenantId } = tenant;
    const note = { by: 'ana', at: later };
    await registry.setPreferences(tenantId, { autoMigrate: 'off', preferencesReason: 'exams' }, note, tenant);
    await expect(registry.setPreferences(tenantId, { wantsDedicated: true }, note, tenant)).rejects.toThrow(
      Conflict,
    );
    const seen = await registry.tenant(tenantId);
    expect(seen).not.toHaveProperty('wantsDedicated');
    await registry.setPreferences(tenantId, { wantsDedicated: true }, note, seen);
    await expect(registry.setPreferences(tenantId, { autoMigrate: undefined }, note, seen)).rejects.toThrow(
      Conflict,
    );
    expect(await registry.tenant(tenantId)).toMatchObject({ autoMigrate: 'off', wantsDedicated: true });
  });

  test('a table is retired and reinstated only if it is as it was seen, if it was', async () => {
    const { registry } = ports();
    const seen = await table();
    const note = { by: 'ana', reason: 'too hot', at: later };
    await registry.setRetiring(seen.table, true, note, seen);
    await expect(registry.setRetiring(seen.table, true, note, seen)).rejects.toThrow(Conflict);
    const retiring = await registry.table(seen.table);
    await registry.setRetiring(seen.table, true, { ...note, at: epochMs(later + 1) }, retiring);
    await expect(registry.setRetiring(seen.table, false, note, retiring)).rejects.toThrow(Conflict);
    expect(await registry.table(seen.table)).toMatchObject({
      state: 'retiring',
      operatorNote: { by: 'ana' },
    });
  });

  test('tables are read as they were registered, once each, all or those of a tier', async () => {
    const { registry } = ports();
    const shared = await table({ tier: 'rare' as TierName });
    const own = await table({
      tier: 'rare' as TierName,
      placement: 'dedicated',
      tenantId: newTenantId(),
      createdBy: 'mig-1' as MigrationId,
    });
    const other = await table();
    await expect(registry.addTable({ ...shared, freeSlots: 1 })).rejects.toThrow(Conflict);
    expect(await registry.table(shared.table)).toEqual(shared);
    expect(await registry.table(newTableName())).toBeUndefined();
    const byName = (a: TierTable, b: TierTable) => (a.table < b.table ? -1 : 1);
    expect((await collect(registry.tables('rare' as TierName))).sort(byName)).toEqual([shared, own]);
    expect(await collect(registry.tables())).toContainEqual(other);
  });

  test('a tenant is registered with its route and takes a slot', async () => {
    const { registry, routes } = ports();
    const sourceTable = await table();
    const tenant = aTenant({ table: sourceTable.table });
    const route = aRoute({ tenantId: tenant.tenantId, table: sourceTable.table });
    await registry.addTenant(tenant, route);
    expect(await registry.tenant(tenant.tenantId)).toEqual(tenant);
    expect(await collect(registry.tenants())).toContainEqual(tenant);
    expect(await routes.get(tenant.tenantId)).toEqual(route);
    expect(await counts(sourceTable)).toEqual({ freeSlots: 4, tenants: 1, reserved: 0, departing: 0 });
    await expect(registry.addTenant(tenant, route)).rejects.toThrow(Conflict);
    expect(await counts(sourceTable)).toEqual({ freeSlots: 4, tenants: 1, reserved: 0, departing: 0 });
  });

  test('no tenant is placed in a table that is full, retired or unknown', async () => {
    const { registry, routes } = ports();
    const homes = [await table({ freeSlots: 0 }), await table({ state: 'retiring' }), aTable()];
    for (const { table: name } of homes) {
      const tenant = aTenant({ table: name });
      const route = aRoute({ tenantId: tenant.tenantId, table: name });
      await expect(registry.addTenant(tenant, route)).rejects.toThrow(Conflict);
      expect(await registry.tenant(tenant.tenantId)).toBeUndefined();
      expect(await routes.get(tenant.tenantId)).toBeUndefined();
    }
  });

  test('one migration has the lock; taking it again and releasing a lock not held are not errors', async () => {
    const { registry } = ports();
    const { tenant, from, migration } = await locked();
    const other = aMigration({ tenantId: tenant.tenantId, status: 'planning' });
    await ports().migrations.create(other, migration.migrationId);
    await registry.lockTenant(tenant.tenantId, migration.migrationId, from.table);
    const rival = registry.lockTenant(tenant.tenantId, other.migrationId, from.table);
    await expect(rival).rejects.toThrow(TenantAlreadyMigrating);
    await expect(rival).rejects.toThrow(migration.migrationId);
    await registry.unlockTenant(tenant.tenantId, other.migrationId);
    expect((await registry.tenant(tenant.tenantId))?.lockedBy).toBe(migration.migrationId);
    expect(await fresh(migration)).toMatchObject({ locked: true });
    await registry.unlockTenant(tenant.tenantId, migration.migrationId);
    await registry.unlockTenant(tenant.tenantId, migration.migrationId);
    expect(await registry.tenant(tenant.tenantId)).toEqual(tenant);
    expect(await fresh(migration)).toMatchObject({ locked: false });
    await registry.lockTenant(tenant.tenantId, other.migrationId, from.table);
  });

  test('of migrations that want the lock at the same time, one gets it', async () => {
    const { registry, migrations } = ports();
    const { tenant, from, migration } = await locked();
    await registry.unlockTenant(tenant.tenantId, migration.migrationId);
    const rivals = Array.from({ length: 5 }, () => aMigration({ status: 'planning' }));
    for (const rival of rivals) await migrations.create(rival);
    const outcomes = await Promise.allSettled(
      rivals.map(({ migrationId }) => registry.lockTenant(tenant.tenantId, migrationId, from.table)),
    );
    const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(lost).toHaveLength(4);
    for (const error of lost) expect(error).toBeInstanceOf(TenantAlreadyMigrating);
  });

  test('a tenant that lives elsewhere or is unknown cannot be locked', async () => {
    const { registry } = ports();
    const { tenant, migration } = await locked();
    const { tenantId } = tenant;
    await expect(registry.lockTenant(tenantId, migration.migrationId, newTableName())).rejects.toThrow(
      Conflict,
    );
    await expect(
      registry.lockTenant(newTenantId(), migration.migrationId, migration.source.table),
    ).rejects.toThrow(Conflict);
  });

  test('a lock or a reservation that arrives after the rollback has begun does nothing', async () => {
    const { registry, migrations } = ports();
    const { tenant, from, to, migration } = await locked();
    const rollingBack = await migrations.transition(await fresh(migration), 'rollingBack', event);
    await registry.undoReservation(rollingBack);
    await expect(registry.reserveSlot(migration, to.table)).rejects.toThrow(Conflict);
    await registry.unlockTenant(tenant.tenantId, migration.migrationId);
    for (const status of ['rollingBack', 'rolledBack'] as const) {
      if (status === 'rolledBack') await migrations.transition(rollingBack, status, event);
      await expect(registry.lockTenant(tenant.tenantId, migration.migrationId, from.table)).rejects.toThrow(
        Conflict,
      );
    }
    expect(await registry.tenant(tenant.tenantId)).toEqual(tenant);
    expect(await counts(to)).toEqual({ freeSlots: 5, tenants: 0, reserved: 0, departing: 0 });
  });

  test('a migration takes all its steps, each once however often it is tried', async () => {
    const { registry } = ports();
    const { tenant, from, to, migration, pending } = await locked();
    const twice = async (step: (migration: Migration) => Promise<unknown>) => {
      const before = await fresh(migration);
      await step(before);
      await step(before);
      await step(await fresh(migration));
    };
    const before = await fresh(migration);
    expect(await registry.reserveSlot(before, to.table)).toBe(true);
    expect(await registry.reserveSlot(before, to.table)).toBe(true);
    expect(await fresh(migration)).toMatchObject({ registryChange: 'reserved', target: { table: to.table } });
    expect(await counts(to)).toEqual({ freeSlots: 4, tenants: 0, reserved: 1, departing: 0 });

    await twice((one) => registry.setPending(one, pending));
    expect(await registry.tenant(tenant.tenantId)).toEqual({
      ...tenant,
      lockedBy: migration.migrationId,
      pending,
    });

    await twice((one) => registry.confirmMove(one, later));
    const { maxSchools: _, ...unlimited } = tenant;
    expect(await registry.tenant(tenant.tenantId)).toEqual({
      ...unlimited,
      ...pending,
      lockedBy: migration.migrationId,
      updatedAt: later,
      updatedBy: migration.migrationId,
    });
    expect(await counts(to)).toEqual({ freeSlots: 4, tenants: 1, reserved: 0, departing: 0 });
    expect(await counts(from)).toEqual({ freeSlots: 4, tenants: 0, reserved: 0, departing: 1 });

    await twice((one) => registry.releaseSource(one));
    expect(await counts(from)).toEqual({ freeSlots: 5, tenants: 0, reserved: 0, departing: 0 });
    expect(await fresh(migration)).toMatchObject({ registryChange: 'released' });
    await expect(registry.undoReservation(await fresh(migration))).rejects.toThrow(Conflict);
  });

  test('a dedicated source is dropped with its release, and its name stays taken', async () => {
    const { registry } = ports();
    const { from, to, migration, pending } = await locked({ placement: 'dedicated', freeSlots: 1 });
    await registry.reserveSlot(migration, to.table);
    await registry.setPending(await fresh(migration), pending);
    await registry.confirmMove(await fresh(migration), later);
    await registry.releaseSource(await fresh(migration));
    await registry.releaseSource(await fresh(migration));
    expect(await registry.table(from.table)).toMatchObject({ state: 'dropped', departing: 0 });
    await expect(registry.addTable(from)).rejects.toThrow(Conflict);
  });

  test('steps out of order are conflicts and change nothing', async () => {
    const { registry } = ports();
    const { tenant, from, to, migration, pending } = await locked();
    await expect(registry.setPending(migration, pending)).rejects.toThrow(Conflict);
    await registry.reserveSlot(migration, to.table);
    const reserved = await fresh(migration);
    await expect(registry.reserveSlot(reserved, newTableName())).rejects.toThrow(Conflict);
    await expect(registry.confirmMove(reserved, later)).rejects.toThrow(Conflict);
    await expect(registry.releaseSource(reserved)).rejects.toThrow(Conflict);
    await registry.unlockTenant(tenant.tenantId, migration.migrationId);
    await expect(registry.setPending(reserved, pending)).rejects.toThrow(Conflict);
    expect(await registry.tenant(tenant.tenantId)).toEqual(tenant);
    expect(await counts(from)).toEqual({ freeSlots: 4, tenants: 1, reserved: 0, departing: 0 });
    expect(await counts(to)).toEqual({ freeSlots: 4, tenants: 0, reserved: 1, departing: 0 });
  });

  test('a step of a replaced attempt does nothing', async () => {
    const { registry, migrations } = ports();
    const { to, migration } = await locked();
    await migrations.update(await fresh(migration), { attempt: 2 });
    await expect(registry.reserveSlot(migration, to.table)).rejects.toThrow(Conflict);
    await registry.reserveSlot(await fresh(migration), to.table);
    await expect(registry.undoReservation(migration)).rejects.toThrow(Conflict);
    expect(await counts(to)).toEqual({ freeSlots: 4, tenants: 0, reserved: 1, departing: 0 });
  });

  test('an undo restores the earlier state from every step, before the step happened, and twice', async () => {
    const { registry } = ports();
    for (const steps of [0, 1, 2]) {
      const { tenant, from, to, migration, pending } = await locked();
      if (steps > 0) await registry.reserveSlot(migration, to.table);
      if (steps > 1) await registry.setPending(await fresh(migration), pending);
      // read before any step happened, as by a frozen worker
      await registry.undoReservation(migration);
      await registry.undoReservation(migration);
      expect(await registry.tenant(tenant.tenantId)).toEqual({ ...tenant, lockedBy: migration.migrationId });
      expect(await counts(from)).toEqual({ freeSlots: 4, tenants: 1, reserved: 0, departing: 0 });
      expect(await counts(to)).toEqual({ freeSlots: 5, tenants: 0, reserved: 0, departing: 0 });
      const undone = await fresh(migration);
      expect(undone.registryChange).toBe('none');
      // the result depends on whether the migration had reached a table
      expect(undone.target.table).toBe(steps > 0 ? to.table : undefined);
    }
  });

  test('no free slot is an answer, and nothing was taken', async () => {
    const { registry } = ports();
    for (const target of [{ freeSlots: 0 }, { state: 'retiring' as const }, { state: 'dropping' as const }]) {
      const { to, migration } = await locked({}, target);
      expect(await registry.reserveSlot(migration, to.table)).toBe(false);
      expect(await fresh(migration)).toMatchObject({ registryChange: 'none' });
      expect(await registry.table(to.table)).toEqual(to);
    }
  });

  test('of 100 migrations that want 7 slots at the same time, exactly 7 get one', async () => {
    const { registry, migrations } = ports();
    const target = await table({ freeSlots: 7 });
    const { table: sourceTable } = await table({ freeSlots: 100 });
    const wanting = Array.from({ length: 100 }, () => aMigration({ status: 'provisioning' }));
    for (const migration of wanting) {
      const { tenantId } = migration;
      await registry.addTenant(
        aTenant({ tenantId, table: sourceTable }),
        aRoute({ tenantId, table: sourceTable }),
      );
      await migrations.create(migration);
    }
    const got = await Promise.all(wanting.map((migration) => registry.reserveSlot(migration, target.table)));
    expect(got.filter(Boolean)).toHaveLength(7);
    expect(await counts(target)).toEqual({ freeSlots: 0, tenants: 0, reserved: 7, departing: 0 });
    const records = await Promise.all(wanting.map(fresh));
    expect(records.map((one) => one.registryChange === 'reserved')).toEqual(got);
    await Promise.all(records.map((one) => registry.undoReservation(one)));
    expect(await counts(target)).toEqual({ freeSlots: 7, tenants: 0, reserved: 0, departing: 0 });
  });

  test('tenants are listed in a stable order, and the list continues after any of them', async () => {
    const { registry } = ports();
    const { table: sourceTable } = await table({ freeSlots: 9 });
    for (let n = 0; n < 5; n += 1) {
      const tenant = aTenant({ table: sourceTable });
      await registry.addTenant(tenant, aRoute({ tenantId: tenant.tenantId, table: sourceTable }));
    }
    const all = await collect(registry.tenants());
    expect(all.length).toBeGreaterThan(4);
    for (const at of [0, 3, all.length - 1])
      expect(await collect(registry.tenants(all[at]?.tenantId))).toEqual(all.slice(at + 1));
  });

  test('a table gets the free slots that a limit leaves, or fewer than none, and then takes no tenant', async () => {
    const { registry } = ports();
    const { from: sourceTable, migration } = await locked();
    const now = async () => (await registry.table(sourceTable.table)) as TierTable;
    const { freeSlots, tenants, reserved, departing } = await now();
    const sum = tenants + reserved + departing;
    await registry.setLimit(await now(), freeSlots + sum);
    expect(await counts(sourceTable)).toEqual({ freeSlots, tenants, reserved, departing });
    await registry.setLimit(await now(), sum - 1);
    expect((await now()).freeSlots).toBe(-1);
    expect(await registry.reserveSlot(migration, sourceTable.table)).toBe(false);
    const old = await now();
    await registry.setLimit(old, sum + 1);
    expect(await registry.reserveSlot(migration, sourceTable.table)).toBe(true);
    // read before a tenant was placed
    await registry.setLimit(old, sum + 9);
    expect(await counts(sourceTable)).toEqual({ freeSlots: 0, tenants, reserved: reserved + 1, departing });
  });

  test('the latest count of schools is kept, however late an earlier one arrives', async () => {
    const { registry, routes } = ports();
    const { table: sourceTable } = await table();
    const tenant = aTenant({ table: sourceTable, schoolCount: 3, schoolCountedAt: epochMs(1_000) });
    await registry.addTenant(tenant, aRoute({ tenantId: tenant.tenantId, table: sourceTable }));
    const count = async (schools: number, at: number) => {
      await registry.setSchoolCount(tenant.tenantId, { schools, at: epochMs(at) });
      const found = await registry.tenant(tenant.tenantId);
      return [found?.schoolCount, found?.schoolCountedAt];
    };
    expect(await count(4, 2_000)).toEqual([4, 2_000]);
    expect(await count(9, 1_999)).toEqual([4, 2_000]);
    expect(await count(2, 2_000)).toEqual([2, 2_000]);
    const { schoolCount, schoolCountedAt, ...rest } = tenant;
    expect(await registry.tenant(tenant.tenantId)).toMatchObject(rest);
    await registry.setSchoolCount(newTenantId(), { schools: 1, at: epochMs(1) });
    expect(await routes.get(tenant.tenantId)).toBeDefined();
  });

  test('a table that is being retired takes no tenant until it is active again; a dropped one is neither', async () => {
    const { registry } = ports();
    const { table: name } = await table();
    const wanting = aMigration({ status: 'provisioning' });
    await ports().migrations.create(wanting);
    for (const twice of [1, 2]) {
      const note = { by: 'ana', reason: 'too hot', at: later };
      await registry.setRetiring(name, true, note);
      expect([twice, await registry.table(name)]).toMatchObject([
        twice,
        { state: 'retiring', operatorNote: note },
      ]);
    }
    expect(await registry.reserveSlot(wanting, name)).toBe(false);
    for (const twice of [1, 2]) {
      await registry.setRetiring(name, false);
      expect([twice, await registry.table(name)]).toMatchObject([twice, { state: 'active' }]);
      expect(await registry.table(name)).not.toHaveProperty('operatorNote');
    }
    expect(await registry.reserveSlot(wanting, name)).toBe(true);
    const gone = await table({ state: 'dropped' });
    for (const unfit of [gone.table, newTableName()])
      await expect(registry.setRetiring(unfit, true)).rejects.toThrow(Conflict);
    expect(await registry.table(gone.table)).toEqual(gone);
  });

  test('a table is dropped only if no tenant is in it, arrives or leaves, and takes no tenant afterwards', async () => {
    const { registry } = ports();
    for (const inUse of [{ tenants: 1 }, { reserved: 1 }, { departing: 1 }]) {
      const used = await table(inUse);
      expect(await registry.markDropping(used.table)).toBe(false);
      await expect(registry.markDropped(used.table)).rejects.toThrow(Conflict);
      expect(await registry.table(used.table)).toEqual(used);
    }
    expect(await registry.markDropping(newTableName())).toBe(false);
    const { table: name } = await table();
    for (const state of ['dropping', 'dropping', 'dropped', 'dropped'] as const) {
      if (state === 'dropped') await registry.markDropped(name);
      expect(await registry.markDropping(name)).toBe(true);
      expect((await registry.table(name))?.state).toBe(state);
      await expect(registry.addTable(aTable({ table: name }))).rejects.toThrow(Conflict);
      const wanting = aMigration({ status: 'provisioning' });
      await ports().migrations.create(wanting);
      expect(await registry.reserveSlot(wanting, name)).toBe(false);
    }
  });
});
