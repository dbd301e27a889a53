import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { handler as countSchools } from '../../functions/handlers/count-schools.ts';
import { sweep } from '../../functions/migration/growth/sweep.ts';
import { isClosed } from '../../functions/migration/life-cycle.ts';
import type { TableName, TenantId } from '../../functions/migration/names.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, collect, itemsOf, putAll } from '../support/tenants.ts';
import { until } from '../support/until.ts';

/** Runs the real handlers on the streams of DynamoDB Local. */
let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack({ holdMs: 0 }, { countsSchools: true });
});
afterAll(() => stack.stop());

const Requested = z.object({ table: z.string(), tenantIds: z.array(z.string()) });
const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 60_000 };

const addSchools = async (tenantId: TenantId, table: TableName, names: readonly string[]) => {
  const items = names.flatMap((name) =>
    [`SCHOOL#${name}`, `SCHOOL#${name}#COURSE#1`].map((key) => ({
      tenantId: { S: tenantId },
      entityKey: { S: key },
    })),
  );
  await putAll(stack.ports, tenantId, table, items);
};
const names = (word: string, count: number) => Array.from({ length: count }, (_, n) => `${word}-${n}`);
const migrationsOf = (tenantId: TenantId) => collect(stack.ports.migrations.list({ tenantId }));
const tenantOf = async (tenantId: TenantId) => {
  const tenant = await stack.ports.registry.tenant(tenantId);
  if (!tenant) throw new Error(`${tenantId} is not registered`);
  return tenant;
};
/** Every requested migration has ended. */
const allEnded = (tenantId: TenantId, count: number) =>
  until('growth to be noticed', async () => {
    const all = await migrationsOf(tenantId);
    return all.length >= count && all.every(({ status }) => isClosed(status));
  });

test('a district at its limit stays; one school more moves it, once, with all of its items', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'one-more', items: 60, schools: 10 });
  await addSchools(tenantId, table, []);
  await until(
    'growth to be noticed',
    async () => (await tenantOf(tenantId)).schoolCountedAt > (await tenantOf(tenantId)).createdAt,
  );
  expect(await migrationsOf(tenantId)).toEqual([]);
  await addSchools(tenantId, table, ['eleventh']);
  const before = await itemsOf(ports, tenantId, table);
  await allEnded(tenantId, 1);
  const tenant = await tenantOf(tenantId);
  expect(tenant).toMatchObject({ tier: 'advanced', schoolCount: 11 });
  expect(await itemsOf(ports, tenantId, tenant.table)).toEqual(before);
  expect(await migrationsOf(tenantId)).toMatchObject([
    {
      status: 'completed',
      requestedBy: 'schools counted',
      reason: '11 schools; the limit of tier basic is 10',
    },
  ]);
});

test('a bulk import over two tiers causes one migration, and an import during it causes another', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'bulk', items: 60, schools: 3 });
  // none of it is moved before all of it exists
  stack.streams.pause();
  await addSchools(tenantId, table, names('imported', 60));
  stack.before('CopySegment', () => addSchools(tenantId, table, names('late', 50)));
  stack.streams.resume();
  await allEnded(tenantId, 2);
  const [second, first] = await migrationsOf(tenantId);
  expect(first).toMatchObject({ status: 'completed', target: { tier: 'premium' } });
  expect(second).toMatchObject({
    status: 'completed',
    source: { tier: 'premium' },
    target: { tier: 'enterprise' },
  });
  const { tier, table: last } = await tenantOf(tenantId);
  expect(tier).toBe('enterprise');
  expect(await itemsOf(ports, tenantId, last)).toHaveLength(60 + 2 * 110);
});

test('counts requested again, twice and in another order, request nothing', async () => {
  const { ports } = stack;
  const before = await collect(ports.migrations.list({}));
  const tenants = await collect(ports.registry.tenants());
  const requested = z.array(Requested).parse(stack.given.get('CountSchools'));
  expect(requested.length).toBeGreaterThan(1);
  for (const { table, tenantIds } of requested.flatMap((event) => [event, event]).reverse()) {
    const again = { table, tenantIds: [...tenantIds, ...tenantIds].reverse() };
    expect(await countSchools.run(ports, again, context)).toBeNull();
  }
  expect(await collect(ports.migrations.list({}))).toEqual(before);
  for (const tenant of tenants) {
    const { schoolCount, tier } = await tenantOf(tenant.tenantId);
    expect({ schoolCount, tier }).toEqual({ schoolCount: tenant.schoolCount, tier: tenant.tier });
  }
});

test('growth while no process read the stream is found by the sweep, and later stream records request nothing', async () => {
  const { ports } = stack;
  stack.streams.pause();
  const { tenantId, table } = await addTenant(ports, { tenantId: 'unheard', items: 60, schools: 3 });
  await addSchools(tenantId, table, names('new', 12));
  expect(await migrationsOf(tenantId)).toEqual([]);
  const swept = await sweep(ports, { counts: true, waits: false, by: 'sweep' });
  expect(swept.requested).toHaveLength(1);
  stack.streams.resume();
  await addSchools(tenantId, table, ['told']);
  await allEnded(tenantId, 1);
  expect(await tenantOf(tenantId)).toMatchObject({ tier: 'advanced' });
  expect(await migrationsOf(tenantId)).toMatchObject([{ requestedBy: 'sweep', status: 'completed' }]);
});
