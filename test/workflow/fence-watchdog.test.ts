import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TenantId } from '../../functions/migration/names.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { deadAfterFence } from '../support/dead-after-fence.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';
import { until } from '../support/until.ts';

/** The wait before the deadline, in ms: shorter than the stuck step. */
const MAX_FENCE_MS = 1_000;

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack({ maxFenceMs: MAX_FENCE_MS, leaseMs: 2_000, cutoverLeaseMs: 1 });
});
afterAll(() => stack.stop());

const untilOpen = (tenantId: TenantId) =>
  until(
    'the watchdog to reopen the fence',
    async () => (await stack.ports.routes.get(tenantId))?.writes === 'open',
  );

const request = (tenantId: string) =>
  requestMigration(stack.ports, { tenantId, toTier: 'advanced', requestedBy: 'test', reason: 'test' });

test('an abandoned fence is reopened by the watchdog, and a retry completes', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'stuck', items: 50 });
  // the cutover dies under the fence, the rollback before it reopens writes, and the functions of both watchdogs crash
  const dies = ['ReopenWrites', 'WatchFence', 'AdmitQueued'];
  stack.alter('CutOver', deadAfterFence);
  stack.plant(...dies.map((state) => ({ state, when: 'before' as const })));
  const { migrationId } = await request(tenantId);
  const failed = await ended(ports, migrationId);
  expect(failed.status).toBe('rollingBack');
  expect(await ports.routes.get(tenantId)).toMatchObject({ table, fence: { migrationId } });
  stack.alter();
  stack.plant({ state: 'AdmitQueued', when: 'before' });
  await untilOpen(tenantId);
  stack.plant();
  expect(await ports.routes.get(tenantId)).toMatchObject({ table, writes: 'open' });
  await retryMigration(ports, migrationId, 'test');
  expect((await ended(ports, migrationId)).status).toBe('rolledBack');
  expect((await ports.routes.get(tenantId))?.leaseMs).toBe(2_000);
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
});

test('a cutover that outlasts its fence does not flip; writes are open, and it is tried again', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'late', items: 50 });
  let slept = false;
  const seen: unknown[] = [];
  stack.alter('CutOver', (given) => ({
    ...given,
    journal: {
      ...given.journal,
      async entries(...asked) {
        if (!slept) {
          slept = true;
          await untilOpen(tenantId);
          seen.push(await ports.routes.get(tenantId));
        }
        return given.journal.entries(...asked);
      },
    },
  }));
  const migration = await ended(ports, (await request(tenantId)).migrationId);
  stack.alter();
  // the watchdog was faster than the step
  expect(seen).toMatchObject([{ table, writes: 'open' }]);
  expect(migration.status).toBe('completed');
  // a busy machine may be too slow for the fence more than once
  expect(migration.cutovers).toBeGreaterThan(1);
  const events = await ports.migrations.events(migration.migrationId);
  const ways = events.map(({ from, to }) => `${from} ${to}`);
  expect(ways.filter((transfer) => transfer === 'cuttingOver catchingUp')).toHaveLength(
    migration.cutovers - 1,
  );
  expect(ways.filter((transfer) => transfer === 'cuttingOver holding')).toHaveLength(1);
  expect(await itemsOf(ports, tenantId, 'saas-tenant-data-advanced' as never)).toEqual(items);
});

test('the lease is short under the fence, and long again after the flip', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'leased', items: 50 });
  const seen: unknown[] = [];
  stack.alter('CutOver', (given) => ({
    ...given,
    journal: {
      ...given.journal,
      async entries(...asked) {
        seen.push(await ports.routes.get(tenantId));
        return given.journal.entries(...asked);
      },
    },
  }));
  const { migrationId } = await request(tenantId);
  expect((await ended(ports, migrationId)).status).toBe('completed');
  stack.alter();
  expect(seen[0]).toMatchObject({ writes: 'fenced', leaseMs: 1 });
  expect(await ports.routes.get(tenantId)).toMatchObject({ writes: 'open', leaseMs: 2_000 });
});
