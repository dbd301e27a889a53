import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestMigration } from '../../functions/migration/triggers/request-migration.ts';
import { retryMigration } from '../../functions/migration/triggers/retry-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, controlState, ended, itemsOf } from '../support/tenants.ts';

/** The wait before the deadline, in ms: less than the step that is stuck takes. */
const MAX_FENCE_MS = 1_000;

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack({ maxFenceMs: MAX_FENCE_MS, leaseMs: 2_000, cutoverLeaseMs: 0 });
});
afterAll(() => stack.stop());

const request = (tenantId: string) =>
  requestMigration(stack.ports, { tenantId, toTier: 'advanced', requestedBy: 'test', reason: 'test' });

test('a fence that nobody takes down any more is opened by the watchdog, and a retry completes', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'stuck', items: 50 });
  // the comparison fails under the fence, and so does the roll-back before it opens the writes
  stack.plant({ state: 'VerifySegment', when: 'before' }, { state: 'ReopenWrites', when: 'before' });
  const { migrationId } = await request(tenantId);
  const failed = await ended(ports, migrationId);
  expect(failed.status).toBe('rollingBack');
  stack.plant();
  while ((await ports.routes.get(tenantId))?.writes === 'fenced') await ports.clock.sleep(50);
  expect(await ports.routes.get(tenantId)).toMatchObject({ table, writes: 'open' });
  await retryMigration(ports, migrationId, 'test');
  expect((await ended(ports, migrationId)).status).toBe('rolledBack');
  expect((await ports.routes.get(tenantId))?.leaseMs).toBe(2_000);
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
});

test('a flip that comes after the deadline is refused, and everything is as before', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'late', items: 50 });
  const before = await controlState(ports);
  stack.delay('ConcludeVerification', MAX_FENCE_MS + 500);
  const migration = await ended(ports, (await request(tenantId)).migrationId);
  stack.delay();
  expect(migration.status).toBe('rolledBack');
  expect(['FenceExpired', 'RouteMoved']).toContain(migration.failure?.error);
  expect(await controlState(ports)).toEqual(before);
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
});

test('the lease is short under the fence, and long again after the flip', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'leased', items: 50 });
  stack.plant({ state: 'FlipRoute', when: 'before' }, { state: 'DecideWayOut', when: 'before' });
  const { migrationId } = await request(tenantId);
  await ended(ports, migrationId);
  expect(await ports.routes.get(tenantId)).toMatchObject({ writes: 'fenced', leaseMs: 0 });
  stack.plant();
  await retryMigration(ports, migrationId, 'test');
  expect((await ended(ports, migrationId)).status).toBe('completed');
  expect(await ports.routes.get(tenantId)).toMatchObject({ writes: 'open', leaseMs: 2_000 });
});
