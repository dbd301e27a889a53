import { beforeEach, expect, test } from 'vitest';
import { RecordDamaged } from '../../../functions/migration/errors.ts';
import { sweepTenants } from '../../../functions/migration/growth/sweep-tenants.ts';
import { type TenantId, type TierName, tableName } from '../../../functions/migration/names.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';
import { aRoute, aTable, aTenant } from '../../support/records.ts';
import { collect } from '../../support/tenants.ts';

const LIVE = tableName('live');
const EVERY_MS = 1_000;
const tiers = [
  { name: 'basic', placement: 'shared', maxSchools: 2, maxTenants: 10 },
  { name: 'advanced', placement: 'shared', maxTenants: 3 },
];

const damaged = new RecordDamaged({ table: 'migrations', key: 'a/b', field: 'c' });
let ports: FakePorts;
let clock: FakeClock;
beforeEach(async () => {
  clock = new FakeClock();
  ports = fakePorts({ tiers, sweepEveryMs: EVERY_MS }, clock);
  await ports.tables.create(LIVE, ports.settings.tableDesign);
  await ports.registry.addTable(aTable({ table: LIVE, freeSlots: 100, tier: 'basic' as TierName }));
});

const given = async (id: string, schools: number, tier = 'basic') => {
  const tenantId = id as TenantId;
  // the registry has not been told of any school
  const tenant = aTenant({ tenantId, tier: tier as TierName, schoolCount: 0, table: LIVE });
  await ports.registry.addTenant(tenant, aRoute({ tenantId, table: LIVE }));
  const puts = Array.from({ length: schools }, (_, n) => ({
    tenantId: { S: id },
    entityKey: { S: `SCHOOL#${n}` },
  }));
  await ports.partition(tenantId).write(LIVE, { puts, deletes: [] });
};
const slice = (ms = 60_000) => sweepTenants(ports, { deadline: clock.monotonic() + ms });
const requested = async () =>
  (await collect(ports.migrations.list({}))).map(({ tenantId }) => tenantId as string).sort();

test('a tenant that has outgrown a tier without a stream record is requested to move, once', async () => {
  await given('grown', 3);
  await given('small', 2);
  expect(await slice()).toEqual({ tenants: 2, isDone: true });
  expect(await requested()).toEqual(['grown']);
  expect(await ports.registry.tenant('grown' as TenantId)).toMatchObject({ schoolCount: 3 });
  await clock.sleep(EVERY_MS);
  expect(await slice()).toEqual({ tenants: 2, isDone: true });
  expect(await requested()).toEqual(['grown']);
});

test('a round consists of as many slices as it takes, and the next one begins when it is due', async () => {
  for (let n = 0; n < 5; n += 1) await given(`t${n}`, 3);
  // each slice has time for one tenant
  const slices = [];
  do slices.push(await slice(0));
  while (slices.at(-1)?.isDone === false);
  expect(slices.map(({ tenants }) => tenants)).toEqual([1, 1, 1, 1, 1]);
  expect(await requested()).toEqual(['t0', 't1', 't2', 't3', 't4']);
  expect(await slice()).toEqual({ tenants: 0, isDone: true });
  await clock.sleep(EVERY_MS);
  expect(await slice()).toEqual({ tenants: 5, isDone: true });
});

test('a tenant that cannot be counted does not prevent counting the others', async () => {
  await given('a', 3);
  await given('b', 3);
  const warnings: unknown[] = [];
  ports.log.warn = (fields) => warnings.push(fields);
  const partition = ports.partition;
  const broken = (tenantId: TenantId) => {
    if (tenantId === 'a') throw new TypeError('planted');
    return partition(tenantId);
  };
  await sweepTenants({ ...ports, partition: broken }, { deadline: clock.monotonic() + 60_000 });
  expect(warnings).toEqual([{ tenantId: 'a', error: 'TypeError' }]);
  expect(await requested()).toEqual(['b']);
});

test('a table over its limit loses as many tenants as exceed it, and takes none until then', async () => {
  ports = fakePorts({ tiers: [{ ...tiers[0], maxTenants: 3 }, tiers[1]], sweepEveryMs: EVERY_MS }, clock);
  await ports.tables.create(LIVE, ports.settings.tableDesign);
  await ports.registry.addTable(aTable({ table: LIVE, freeSlots: 100, tier: 'basic' as TierName }));
  for (let n = 0; n < 5; n += 1) await given(`t${n}`, n === 0 ? 2 : 1);
  await slice();
  expect(await requested()).toEqual(['t1', 't2']);
  // tenants that are already leaving suffice, whichever is the smallest by then
  await ports.registry.setSchoolCount('t1' as TenantId, { schools: 2, at: clock.now() });
  await clock.sleep(EVERY_MS);
  await slice();
  expect(await requested()).toEqual(['t1', 't2']);
  expect(await ports.registry.table(LIVE)).toMatchObject({ freeSlots: -2, tenants: 5 });
  const [one] = await collect(ports.migrations.list({}));
  expect(one).toMatchObject({
    reason: 'live has 5 tenants; the limit of tier basic is 3 per table',
    target: { tier: 'basic', placement: 'shared' },
    requestedBy: 'sweep',
  });
});

test('a tenant whose migration cannot be read stays, and the others leave a table over its limit', async () => {
  ports = fakePorts({ tiers: [{ ...tiers[0], maxTenants: 3 }, tiers[1]], sweepEveryMs: EVERY_MS }, clock);
  await ports.tables.create(LIVE, ports.settings.tableDesign);
  await ports.registry.addTable(aTable({ table: LIVE, freeSlots: 100, tier: 'basic' as TierName }));
  for (let n = 0; n < 5; n += 1) await given(`t${n}`, 1);
  const { latest } = ports.migrations;
  ports.migrations.latest = async (tenantId) => {
    if (tenantId === 't0') throw damaged;
    return latest.call(ports.migrations, tenantId);
  };
  expect(await slice()).toEqual({ tenants: 5, isDone: true });
  expect(await requested()).toEqual(['t1', 't2']);
});

test('nothing is swept and nothing is written while the record of the sweep is damaged', async () => {
  await given('grown', 3);
  ports.sweeps.current = () => Promise.reject(damaged);
  ports.sweeps.save = () => Promise.reject(new Error('written'));
  expect(await slice()).toEqual({ tenants: 0, isDone: true });
  expect(await requested()).toEqual([]);
});
