import { beforeEach, describe, expect, test } from 'vitest';
import { diagnoseTenant } from '../../../functions/migration/doctor/diagnose.ts';
import {
  Conflict,
  NotSafe,
  TenantAlreadyMigrating,
  TenantBeingRemoved,
  TenantHasItems,
  TenantNotFound,
  Unavailable,
} from '../../../functions/migration/errors.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import {
  type MigrationId,
  type TableName,
  type TenantId,
  tableName,
} from '../../../functions/migration/names.ts';
import { registerTenant } from '../../../functions/migration/operator/register-tenant.ts';
import { setPreferences } from '../../../functions/migration/operator/set-preferences.ts';
import type { RemovedTenant } from '../../../functions/migration/registry/tenant-removal.ts';
import { requestMigration } from '../../../functions/migration/requests/request-migration.ts';
import { unknownBefore } from '../../../functions/migration/route/past-tables.ts';
import { parseSettings } from '../../../functions/migration/settings/settings.ts';
import type { RemovalStep } from '../../../functions/migration/tenants/removal-run.ts';
import { planRemoval, removeTenant } from '../../../functions/migration/tenants/remove-tenant.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';
import { addTenant, itemsOf, putAll } from '../../support/tenants.ts';

const north = 'north' as TenantId;
const BASIC = tableName('saas-tenant-data-basic');

let ports: FakePorts;
beforeEach(() => {
  ports = fakePorts();
});
const remove = (deletesItems = false, tenantId: string = north) =>
  removeTenant(ports, { tenantId, deletesItems, by: 'ana', reason: 'contract ended' });
const anItem = (n: number): Item => ({ tenantId: { S: north }, entityKey: { S: `LATE#${n}` } });

describe('a tenant without items', () => {
  beforeEach(async () => {
    await addTenant(ports, { tenantId: north, items: 0 });
  });

  test('loses its record and its route, and frees its slot', async () => {
    const { freeSlots = 0 } = (await ports.registry.table(BASIC)) ?? {};
    expect(await remove()).toMatchObject({
      tenantId: north,
      removedBy: 'ana',
      reason: 'contract ended',
      itemsDeleted: 0,
    });
    expect(await ports.registry.tenant(north)).toBeUndefined();
    expect(await ports.routes.get(north)).toBeUndefined();
    expect(await ports.registry.table(BASIC)).toMatchObject({ tenants: 0, freeSlots: freeSlots + 1 });
    expect(ports.tables.backups.size).toBe(0);
  });

  test('is removed once: a repeated request returns the same record', async () => {
    const removed = await remove();
    ports.clock.advance(1_000);
    expect(await remove()).toEqual(removed);
    expect(await remove(true)).toEqual(removed);
  });

  test('is removed only after every lease on its route has ended', async () => {
    const before = ports.clock.now();
    await remove();
    expect(ports.clock.now() - before).toBeGreaterThanOrEqual(ports.settings.leaseMs);
  });

  test('gets its route back if an item arrives while the leases end', async () => {
    const route = await ports.routes.get(north);
    const sleep = ports.clock.sleep.bind(ports.clock);
    ports.clock.sleep = async (ms) => {
      await putAll(ports, north, BASIC, [anItem(1)]);
      await sleep(ms);
    };
    await expect(remove()).rejects.toThrow(TenantHasItems);
    expect(await ports.routes.get(north)).toEqual({
      ...route,
      epoch: 2,
      pastTables: unknownBefore(ports.clock.now(), BASIC),
    });
    expect(await ports.registry.tenant(north)).not.toHaveProperty('removal.runId');
    expect(await itemsOf(ports, north, BASIC)).toHaveLength(1);
  });

  test('can be registered again, and its route continues the epochs and claims no earlier time', async () => {
    await remove();
    await addTenant(ports, { tenantId: north, items: 0 });
    expect(await ports.routes.get(north)).toMatchObject({
      epoch: 2,
      pastTables: [{ table: BASIC, from: ports.clock.now() }],
    });
  });
});

describe('a tenant with items', () => {
  let south: Item[];
  beforeEach(async () => {
    await addTenant(ports, { tenantId: north, items: 60 });
    south = (await addTenant(ports, { tenantId: 'south', items: 20 })).items;
  });

  test('is not removed without the deletion of its items, and nothing changes', async () => {
    const before = [await ports.registry.tenant(north), await ports.routes.get(north)];
    await expect(remove()).rejects.toThrow(TenantHasItems);
    expect([await ports.registry.tenant(north), await ports.routes.get(north)]).toEqual(before);
  });

  test('loses its items after a backup of its table, and its neighbours lose none', async () => {
    ports.tables.beLate({ backupCreating: 3 });
    const partition = ports.tables.partition(north);
    partition.fault = (): undefined => {
      const [backup] = ports.tables.backups.values();
      if (backup?.creating !== 0) throw new Error('deleted before the backup was complete');
    };
    const removed = await remove(true);
    expect(await itemsOf(ports, north, BASIC)).toEqual([]);
    expect(await itemsOf(ports, 'south' as TenantId, BASIC)).toEqual(south);
    const [[arn, backup] = []] = ports.tables.backups;
    expect(backup).toMatchObject({
      table: BASIC,
      name: expect.stringMatching(/^saas-tenant-data-basic-rem-/),
    });
    expect(removed).toMatchObject({ itemsDeleted: 60, backup: arn });
  });

  test('loses its items of each of its partitions, also behind an empty one', async () => {
    const keys = { partitionKey: 'PK', sortKey: 'SK', template: 'T#{tenant}#{0..2}' };
    const { tableDesign } = parseSettings({});
    ports = fakePorts({ tableDesign: { ...tableDesign, keys, indexes: [] } });
    await addTenant(ports, { tenantId: north, items: 0 });
    const items = [1, 2].flatMap((partition) =>
      [1, 2, 3].map((n): Item => ({ PK: { S: `T#${north}#${partition}` }, SK: { S: `LATE#${n}` } })),
    );
    await putAll(ports, north, BASIC, items);
    await expect(remove()).rejects.toThrow(TenantHasItems);
    expect(await remove(true)).toMatchObject({ itemsDeleted: items.length });
    expect(await itemsOf(ports, north, BASIC)).toEqual([]);
  });

  test('reports its steps, and the items deleted so far', async () => {
    ports = fakePorts({ pageItems: 25 });
    await addTenant(ports, { tenantId: north, items: 60 });
    const steps: [RemovalStep, number][] = [];
    await removeTenant(ports, { tenantId: north, deletesItems: true, by: 'ana' }, (...one) =>
      steps.push(one),
    );
    expect(steps).toEqual([
      ['waitingForLeases', 0],
      ['backingUp', 0],
      ['deletingItems', 0],
      ['deletingItems', 25],
      ['deletingItems', 50],
      ['deletingItems', 60],
    ]);
  });

  test('is deleted no faster than its limit of write units', async () => {
    const before = ports.clock.now();
    await removeTenant(ports, { tenantId: north, deletesItems: true, writeUnitsPerSecond: 10, by: 'ana' });
    const seconds = (ports.clock.now() - before - ports.settings.leaseMs) / 1_000;
    expect(seconds).toBeGreaterThanOrEqual(60 / 10 - 1);
  });

  test('continues where it was interrupted, and then waits for calls that may arrive late', async () => {
    ports = fakePorts({ pageItems: 25 });
    await addTenant(ports, { tenantId: north, items: 60 });
    const partition = ports.tables.partition(north);
    const { calls } = partition;
    partition.fault = (call): undefined => {
      if (call > calls + 1) throw new Error('the machine was turned off');
    };
    await expect(remove(true)).rejects.toThrow('turned off');
    expect(await ports.registry.tenant(north)).toMatchObject({ removal: { itemsDeleted: 25 } });
    await expect(remove()).rejects.toThrow(/has deleted 25 items so far/);
    partition.fault = () => undefined;
    const steps: RemovalStep[] = [];
    const before = ports.clock.now();
    const removed = await removeTenant(ports, { tenantId: north, deletesItems: true, by: 'ben' }, (step) =>
      steps.push(step),
    );
    expect(steps).toContain('waitingForLateCalls');
    expect(ports.clock.now() - before).toBeGreaterThanOrEqual(ports.settings.lateCallMs);
    expect(removed).toMatchObject({ itemsDeleted: 60, removedBy: 'ana', reason: 'contract ended' });
    expect(ports.tables.backups.size).toBe(1);
  });

  test('waits before its end if a delete got no answer', async () => {
    const partition = ports.tables.partition(north);
    let failed = false;
    partition.fault = (): undefined => {
      if (failed) return;
      failed = true;
      throw new Unavailable('the connection was lost');
    };
    const before = ports.clock.now();
    await remove(true);
    expect(ports.clock.now() - before).toBeGreaterThanOrEqual(ports.settings.lateCallMs);
    expect(await itemsOf(ports, north, BASIC)).toEqual([]);
  });

  test('an earlier run stops once a later one continues', async () => {
    const partition = ports.tables.partition(north);
    let inner: Promise<RemovedTenant> | undefined;
    partition.fault = (): undefined => {
      inner ??= remove(true);
    };
    await expect(remove(true)).rejects.toThrow(Conflict);
    expect(await inner).toMatchObject({ itemsDeleted: expect.any(Number) });
    expect(await ports.registry.tenant(north)).toBeUndefined();
  });

  test('cannot be moved or changed while it is being removed, and the doctor says how to continue', async () => {
    const partition = ports.tables.partition(north);
    partition.fault = (): undefined => {
      throw new Error('the machine was turned off');
    };
    await expect(remove(true)).rejects.toThrow('turned off');
    const request = { tenantId: north, toTier: 'advanced', requestedBy: 'ben', reason: 'growth' };
    await expect(requestMigration(ports, request)).rejects.toThrow(TenantBeingRemoved);
    const preferences = setPreferences(ports, north, { autoMigrate: 'off' }, { by: 'ben' });
    await expect(preferences).rejects.toThrow(TenantBeingRemoved);
    expect(await diagnoseTenant(ports, north)).toMatchObject([
      { id: 'removal-unfinished/north', next: { action: 'remove-tenant', tenantId: north } },
    ]);
  });

  test('a plan counts what would be deleted, and changes nothing', async () => {
    expect(await planRemoval(ports, north)).toMatchObject({ items: 60, dropsTable: false });
    expect(await ports.routes.get(north)).toBeDefined();
  });

  test('is not removed while it is being moved', async () => {
    await requestMigration(ports, {
      tenantId: north,
      toTier: 'advanced',
      requestedBy: 'ben',
      reason: 'growth',
    });
    await expect(remove(true)).rejects.toThrow(TenantAlreadyMigrating);
    await expect(planRemoval(ports, north)).rejects.toThrow(TenantAlreadyMigrating);
    expect(await itemsOf(ports, north, BASIC)).toHaveLength(60);
  });
});

describe('a tenant with a dedicated table', () => {
  let table: TableName;
  beforeEach(async () => {
    ({ table } = await addTenant(ports, { tenantId: north, tier: 'enterprise', items: 30 }));
  });

  test('loses the table after a backup', async () => {
    expect(await planRemoval(ports, north)).toMatchObject({ items: 30, dropsTable: true });
    const removed = await remove(true);
    expect(removed).toMatchObject({ itemsDeleted: 30, isTableDropped: true, backup: expect.any(String) });
    expect(await ports.tables.describe(table)).toBeUndefined();
    expect(await ports.registry.table(table)).toMatchObject({ state: 'dropped', tenants: 0 });
    await addTenant(ports, { tenantId: north, tier: 'enterprise', items: 0 });
    expect((await ports.registry.tenant(north))?.table).toBe(`${table}.2`);
  });

  test('loses it although the removal was interrupted after the table was deleted', async () => {
    const { endRemoval } = ports.registry;
    ports.registry.endRemoval = async () => {
      throw new Error('the machine was turned off');
    };
    await expect(remove(true)).rejects.toThrow('turned off');
    ports.registry.endRemoval = endRemoval;
    expect(await remove(true)).toMatchObject({ itemsDeleted: 30, isTableDropped: true });
  });

  test('keeps a table that existed before Tierferry, and loses its items there', async () => {
    const own = tableName('district-data');
    await ports.tables.create(own, ports.settings.tableDesign);
    await ports.tables.configure(own, ports.settings.tableDesign);
    const request = { tenantId: 'own', name: 'Own', tier: 'enterprise', table: own, by: 'ana' };
    const { tenantId } = await registerTenant(ports, request);
    await putAll(ports, tenantId, own, [{ tenantId: { S: 'own' }, entityKey: { S: 'SCHOOL#1' } }]);
    expect(await remove(true, 'own')).not.toHaveProperty('isTableDropped', true);
    expect(await ports.tables.describe(own)).toBeDefined();
    expect(await itemsOf(ports, tenantId, own)).toEqual([]);
  });
});

test('a tenant whose table was deleted by hand can be removed', async () => {
  const { table } = await addTenant(ports, { tenantId: north, tier: 'enterprise', items: 30 });
  await ports.tables.delete(table);
  expect(await remove()).toMatchObject({ itemsDeleted: 0 });
});

test('an unknown tenant, and one without a route, are refused', async () => {
  await expect(remove()).rejects.toThrow(TenantNotFound);
  await expect(planRemoval(ports, 'no id')).rejects.toThrow(TenantNotFound);
  await addTenant(ports, { tenantId: north, items: 0 });
  ports.routes.records.delete(north);
  await expect(remove()).rejects.toThrow(NotSafe);
});

test('a late lock of an ended migration does not hold up a removal for ever, but is refused first', async () => {
  await addTenant(ports, { tenantId: north, items: 0 });
  const { migrationId } = await requestMigration(ports, {
    tenantId: north,
    toTier: 'advanced',
    requestedBy: 'ben',
    reason: 'growth',
  });
  await ports.registry.lockTenant(north, migrationId as MigrationId, BASIC);
  await expect(remove()).rejects.toThrow(migrationId);
});
