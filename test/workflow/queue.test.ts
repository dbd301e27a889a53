import { afterAll, beforeAll, expect, test } from 'vitest';
import { isClosed } from '../../functions/migration/life-cycle.ts';
import { type TierName, tableName } from '../../functions/migration/names.ts';
import type { AdmissionSlot } from '../../functions/migration/queue/pick-admissions.ts';
import { readQueue } from '../../functions/migration/queue/read-queue.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, collect } from '../support/tenants.ts';

/** `npm run test:queue` requests 1,000. */
const REQUESTS = Number(process.env.QUEUE_REQUESTS ?? 16);
const LIMITS = { total: 6, perSource: 4, perTarget: 3 };
const ITEMS = 5;

let stack: PlantedStack;
const seen: (readonly AdmissionSlot[])[] = [];
beforeAll(async () => {
  stack = await startPlantedStack({
    holdMs: 0,
    admission: LIMITS,
    // slots for all, and no index that each copy would have to write
    tiers: [
      { name: 'basic', placement: 'shared', maxSchools: 10, maxTenants: 5_000 },
      { name: 'advanced', placement: 'shared', maxSchools: 50, maxTenants: 5_000 },
      { name: 'premium', placement: 'shared', maxSchools: 100, maxTenants: 5_000 },
    ],
    tableDesign: {
      indexes: [],
      streamView: 'KEYS_ONLY',
      pointInTimeRecovery: true,
      deletionProtection: false,
    },
  });
  // every version of the record, as the dispatchers write it
  const { admissions } = stack.ports;
  const { replace } = admissions;
  Object.assign(admissions, {
    replace: async (...given: Parameters<typeof replace>) => {
      const isReplaced = await replace(...given);
      if (isReplaced) seen.push(given[1]);
      return isReplaced;
    },
  });
});
afterAll(() => stack.stop());

test(`${REQUESTS} requests drain, no limit is exceeded, each is done once`, {
  timeout: 300_000 + REQUESTS * 6_000,
}, async () => {
  const { ports } = stack;
  const requests: { tenantId: string; toTier: string }[] = [];
  for (let n = 0; n < REQUESTS; n += 1) {
    const tier = n % 3 === 0 ? 'advanced' : 'basic';
    const { tenantId } = await addTenant(ports, { tenantId: `d-${n}`, tier, items: ITEMS, schools: 2 });
    requests.push({ tenantId, toTier: n % 2 === 0 ? 'premium' : tier === 'basic' ? 'advanced' : 'premium' });
  }
  const asked = { requestedBy: 'test', reason: 'test' };
  const migrations = [];
  for (const request of requests) migrations.push(await requestMigration(ports, { ...request, ...asked }));

  const open = new Set(migrations.map(({ migrationId }) => migrationId));
  let most = 0;
  while (open.size > 0) {
    most = Math.max(most, await runningPerTable());
    for (const id of [...open].slice(0, 2 * LIMITS.total)) {
      const migration = await ports.migrations.get(id);
      if (!migration || !isClosed(migration.status)) continue;
      expect(migration).toMatchObject({ status: 'completed', attempt: 1 });
      open.delete(id);
      if (open.size % 50 === 0) process.stdout.write(`${open.size} left\n`);
    }
    await ports.clock.sleep(100);
  }
  expect(most).toBeLessThanOrEqual(LIMITS.total);
  for (const admitted of seen) {
    expect(admitted.length).toBeLessThanOrEqual(LIMITS.total);
    for (const some of Map.groupBy(admitted, ({ source }) => source).values())
      expect(some.length).toBeLessThanOrEqual(LIMITS.perSource);
    for (const some of Map.groupBy(admitted, ({ target }) => target).values())
      expect(some.length).toBeLessThanOrEqual(LIMITS.perTarget);
  }
  // it would prove nothing if no request had to wait
  expect(Math.max(...seen.map((admitted) => admitted.length))).toBe(LIMITS.total);
  expect(new Set(seen.flat().map(({ migrationId }) => migrationId)).size).toBe(REQUESTS);
  expect(await collect(ports.migrations.list({}))).toHaveLength(REQUESTS);
  for (const { tenantId, toTier } of requests)
    expect(await ports.registry.tenant(tenantId as never)).toMatchObject({ tier: toTier });
  expect(await readQueue(ports)).toMatchObject({ waiting: [] });
  for (const tier of ['basic', 'advanced', 'premium'] as TierName[]) {
    const table = await ports.registry.table(tableName(`saas-tenant-data-${tier}`));
    expect(table).toMatchObject({ reserved: 0, departing: 0 });
  }
});

/** Migrations that work on a table now, whatever the admission record says. */
const runningPerTable = async (): Promise<number> => {
  const statuses = ['planning', 'provisioning', 'copying', 'catchingUp', 'cuttingOver'] as const;
  const all = await Promise.all(statuses.map((status) => collect(stack.ports.migrations.list({ status }))));
  // the index may show one under its last status too
  return new Set(all.flat().map(({ migrationId }) => migrationId)).size;
};
