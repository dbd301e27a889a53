import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { RecordDamaged } from '../../../functions/migration/errors.ts';
import { countSchools } from '../../../functions/migration/growth/count-schools.ts';
import type { Status } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { entityKey, type TenantId, type TierName, tableName } from '../../../functions/migration/names.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import type { Preferences } from '../../../functions/migration/registry/tenant.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';
import { aRoute, aTable, aTenant, newTenantId } from '../../support/records.ts';
import { collect } from '../../support/tenants.ts';

const BASIC = tableName('basic');
const OTHER = tableName('other');

let ports: FakePorts;
beforeEach(async () => {
  ports = fakePorts();
  for (const table of [BASIC, OTHER]) {
    await ports.tables.create(table, ports.settings.tableDesign);
    await ports.registry.addTable(aTable({ table, freeSlots: 1_000 }));
  }
});

const schoolKey = (n: number) => entityKey(`SCHOOL#${n}`);
const withSchools = async (schools: number, more: Preferences & { tier?: string } = {}) => {
  const tenantId = newTenantId();
  const { tier = 'basic', ...preferences } = more;
  await ports.registry.addTenant(
    aTenant({ tenantId, table: BASIC, tier: tier as TierName, ...preferences }),
    aRoute({ tenantId, table: BASIC }),
  );
  await put(tenantId, BASIC, 0, schools);
  return tenantId;
};
const put = async (tenantId: TenantId, table: typeof BASIC, from: number, to: number) => {
  for (let n = from; n < to; n += 1) {
    const item = { tenantId: { S: tenantId }, entityKey: { S: schoolKey(n) } };
    await ports.partition(tenantId).write(table, { puts: [item], deletes: [] });
  }
};
const count = (tenantIds: readonly TenantId[], given: Ports = ports, table = BASIC) =>
  countSchools(given, { table, tenantIds });
const requestsOf = (tenantId: TenantId) => collect(ports.migrations.list({ tenantId }));
const end = async (migration: Migration | undefined, ...statuses: Status[]) => {
  let now = migration;
  for (const status of statuses) {
    if (!now) throw new Error('there is no migration');
    now = await ports.migrations.transition(now, status, {
      who: 'test',
      reason: 'test',
      at: ports.clock.now(),
    });
  }
};

test('at the exact limit it stays; with one more, its migration is requested with the reason; both counts are noted', async () => {
  const tenantId = await withSchools(10);
  ports.clock.advance(5);
  await count([tenantId]);
  expect(await ports.registry.tenant(tenantId)).toMatchObject({
    schoolCount: 10,
    schoolCountedAt: ports.clock.now(),
  });
  expect(await requestsOf(tenantId)).toEqual([]);
  await put(tenantId, BASIC, 10, 11);
  await count([tenantId]);
  expect((await ports.registry.tenant(tenantId))?.schoolCount).toBe(11);
  expect(await requestsOf(tenantId)).toMatchObject([
    {
      status: 'queued',
      target: { tier: 'advanced', placement: 'shared' },
      reason: '11 schools; the limit of tier basic is 10',
      requestedBy: 'schools counted',
    },
  ]);
});

test('growth over several tiers is one migration; a count goes no further than the highest limit', async () => {
  const over = await withSchools(75);
  const far = await withSchools(180);
  await count([over, far, over]);
  expect(await requestsOf(over)).toMatchObject([{ target: { tier: 'premium' }, urgent: true }]);
  expect(await requestsOf(far)).toMatchObject([{ target: { tier: 'enterprise', placement: 'dedicated' } }]);
  expect((await ports.registry.tenant(far))?.schoolCount).toBe(101);
});

test('repeated, late and reordered counts make one request, in any batches', async () => {
  const batches = fc.array(fc.array(fc.nat(2), { maxLength: 6 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(batches, async (requested) => {
      const tenants = [await withSchools(12), await withSchools(12), await withSchools(3)];
      const [grown, alsoGrown, small] = tenants;
      for (const batch of [...requested, [0, 1, 2]]) await count(batch.flatMap((n) => tenants[n] ?? []));
      for (const tenantId of [grown, alsoGrown])
        expect(await requestsOf(tenantId as TenantId)).toHaveLength(1);
      expect(await requestsOf(small as TenantId)).toEqual([]);
      expect((await ports.registry.tenant(grown as TenantId))?.schoolCount).toBe(12);
    }),
    { numRuns: 40 },
  );
});

test('a tenant is not counted in a table where it does not live, as a copy fills it or a clean-up empties it', async () => {
  const tenantId = await withSchools(30);
  const read = () => {
    throw new Error('it was counted');
  };
  const watched = { ...ports, partition: () => ({ ...ports.partition(tenantId), read }) };
  await count([tenantId], watched, OTHER);
  await count([newTenantId()], watched);
  expect(await requestsOf(tenantId)).toEqual([]);
  await expect(count([tenantId], watched)).rejects.toThrow('it was counted');
});

test('a tenant that flips while it is counted keeps its count, because the old table may be half empty', async () => {
  const tenantId = await withSchools(30);
  const before = await ports.registry.tenant(tenantId);
  const partition = ports.partition(tenantId);
  const read: typeof partition.read = async (...given) => {
    const route = await ports.routes.get(tenantId);
    if (route) ports.routes.records.set(tenantId, { ...route, table: OTHER });
    return partition.read(...given);
  };
  await count([tenantId], { ...ports, partition: () => ({ ...partition, read }) });
  expect(await ports.registry.tenant(tenantId)).toEqual(before);
  expect(await requestsOf(tenantId)).toEqual([]);
});

test('a deleted table does not cause redelivery for ever', async () => {
  const tenantId = await withSchools(3);
  const gone = tableName('gone');
  const route = await ports.routes.get(tenantId);
  if (route) ports.routes.records.set(tenantId, { ...route, table: gone });
  await count([tenantId], ports, gone);
  expect((await ports.registry.tenant(tenantId))?.schoolCount).toBe(3);
});

test('a tenant that opted out, or is pinned elsewhere, is counted and not moved', async () => {
  for (const wish of [{ autoMigrate: 'off' as const }, { pinnedTier: 'premium' as TierName }]) {
    const tenantId = await withSchools(20, wish);
    await count([tenantId]);
    expect((await ports.registry.tenant(tenantId))?.schoolCount).toBe(20);
    expect(await requestsOf(tenantId)).toEqual([]);
  }
});

test('a school that is removed and added again causes no second request, nor one for a cancelled or failed migration', async () => {
  const tenantId = await withSchools(11);
  await count([tenantId]);
  await count([tenantId]);
  await count([tenantId]);
  const [first] = await requestsOf(tenantId);
  await end(first, 'rollingBack', 'rolledBack');
  await count([tenantId]);
  expect(await requestsOf(tenantId)).toHaveLength(1);
});

test('a queued tenant that has grown near a hard limit goes before others', async () => {
  const tenantId = await withSchools(11);
  await count([tenantId]);
  expect((await requestsOf(tenantId))[0]?.urgent).toBeUndefined();
  await put(tenantId, BASIC, 11, 15);
  await count([tenantId]);
  expect(await requestsOf(tenantId)).toMatchObject([{ status: 'queued', urgent: true }]);
});

test('a tenant with a damaged record is skipped, and the others of its batch are counted', async () => {
  const [unregistered, unrouted, grown] = [
    await withSchools(11),
    await withSchools(11),
    await withSchools(11),
  ];
  const { tenant } = ports.registry;
  ports.registry.tenant = async (tenantId) => {
    if (tenantId === unregistered)
      throw new RecordDamaged({ table: 'registry', key: `TENANT#${tenantId}`, field: 'name' });
    return tenant.call(ports.registry, tenantId);
  };
  ports.routes.damaged.add(unrouted);
  await count([unregistered, unrouted, grown]);
  const asked = (await collect(ports.migrations.list({}))).map(({ tenantId }) => tenantId);
  expect(asked).toEqual([grown]);
});
