import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { RecordDamaged } from '../../../functions/migration/errors.ts';
import { countSchools } from '../../../functions/migration/growth/count-schools.ts';
import type { CapturedChange } from '../../../functions/migration/journal/captured-change.ts';
import type { Status } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { entityKey, type TenantId, type TierName, tableName } from '../../../functions/migration/names.ts';
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
let sequences = 0;
const change = (tenantId: TenantId, n = 0, given: Partial<CapturedChange> = {}): CapturedChange => {
  sequences += 1;
  return {
    tenantId,
    key: schoolKey(n),
    sequence: String(sequences),
    kind: 'added',
    expired: false,
    ...given,
  };
};
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
  await countSchools(ports, BASIC, [change(tenantId)]);
  expect(await ports.registry.tenant(tenantId)).toMatchObject({
    schoolCount: 10,
    schoolCountedAt: ports.clock.now(),
  });
  expect(await requestsOf(tenantId)).toEqual([]);
  await put(tenantId, BASIC, 10, 11);
  await countSchools(ports, BASIC, [change(tenantId, 10)]);
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
  await countSchools(ports, BASIC, [change(over, 3), change(far, 4), change(over, 5)]);
  expect(await requestsOf(over)).toMatchObject([{ target: { tier: 'premium' }, urgent: true }]);
  expect(await requestsOf(far)).toMatchObject([{ target: { tier: 'enterprise', placement: 'dedicated' } }]);
  expect((await ports.registry.tenant(far))?.schoolCount).toBe(101);
});

test('repeated, late and reordered changes make one request, in any batches', async () => {
  const batches = fc.array(
    fc.array(fc.tuple(fc.nat(14), fc.constantFrom('added', 'removed')), { maxLength: 6 }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  await fc.assert(
    fc.asyncProperty(batches, async (delivered) => {
      const tenantId = await withSchools(12);
      const once = change(tenantId, 11);
      for (const batch of delivered) {
        const changes = batch.map(([n, kind]) =>
          change(tenantId, n, { kind: kind as CapturedChange['kind'] }),
        );
        await countSchools(ports, BASIC, [...changes, once, once]);
      }
      expect(await requestsOf(tenantId)).toHaveLength(1);
      expect((await ports.registry.tenant(tenantId))?.schoolCount).toBe(12);
    }),
    { numRuns: 40 },
  );
});

test('a change that is not a school added or removed, or is in a table where the tenant does not live, causes no count', async () => {
  const tenantId = await withSchools(30);
  const read = () => {
    throw new Error('it was counted');
  };
  const watched = { ...ports, partition: () => ({ ...ports.partition(tenantId), read }) };
  await countSchools(watched, BASIC, [
    change(tenantId, 1, { kind: 'changed' }),
    change(tenantId, 1, { key: entityKey('SCHOOL#1#COURSE#2') }),
    change(tenantId, 1, { key: entityKey('STUDENT#1') }),
  ]);
  // as a copy fills it, or a clean-up empties it
  await countSchools(watched, OTHER, [change(tenantId), change(tenantId, 1, { kind: 'removed' })]);
  await countSchools(watched, BASIC, [change(newTenantId())]);
  expect(await requestsOf(tenantId)).toEqual([]);
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
  await countSchools({ ...ports, partition: () => ({ ...partition, read }) }, BASIC, [change(tenantId)]);
  expect(await ports.registry.tenant(tenantId)).toEqual(before);
  expect(await requestsOf(tenantId)).toEqual([]);
});

test('a deleted table does not cause redelivery for ever', async () => {
  const tenantId = await withSchools(3);
  const gone = tableName('gone');
  const route = await ports.routes.get(tenantId);
  if (route) ports.routes.records.set(tenantId, { ...route, table: gone });
  await countSchools(ports, gone, [change(tenantId)]);
  expect((await ports.registry.tenant(tenantId))?.schoolCount).toBe(3);
});

test('a tenant that opted out, or is pinned elsewhere, is counted and not moved', async () => {
  for (const wish of [{ autoMigrate: 'off' as const }, { pinnedTier: 'premium' as TierName }]) {
    const tenantId = await withSchools(20, wish);
    await countSchools(ports, BASIC, [change(tenantId)]);
    expect((await ports.registry.tenant(tenantId))?.schoolCount).toBe(20);
    expect(await requestsOf(tenantId)).toEqual([]);
  }
});

test('a school that is removed and added again causes no second request, nor one for a cancelled or failed migration', async () => {
  const tenantId = await withSchools(11);
  await countSchools(ports, BASIC, [change(tenantId)]);
  await countSchools(ports, BASIC, [change(tenantId, 10, { kind: 'removed' })]);
  await countSchools(ports, BASIC, [change(tenantId, 10)]);
  const [first] = await requestsOf(tenantId);
  await end(first, 'rollingBack', 'rolledBack');
  await countSchools(ports, BASIC, [change(tenantId)]);
  expect(await requestsOf(tenantId)).toHaveLength(1);
});

test('a queued tenant that has grown near a hard limit goes before others', async () => {
  const tenantId = await withSchools(11);
  await countSchools(ports, BASIC, [change(tenantId)]);
  expect((await requestsOf(tenantId))[0]?.urgent).toBeUndefined();
  await put(tenantId, BASIC, 11, 15);
  await countSchools(ports, BASIC, [change(tenantId, 14)]);
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
  await countSchools(ports, BASIC, [change(unregistered), change(unrouted), change(grown)]);
  const asked = (await collect(ports.migrations.list({}))).map(({ tenantId }) => tenantId);
  expect(asked).toEqual([grown]);
});
