import { expect, test } from 'vitest';
import {
  TenantLeaseExpired,
  TenantRouteNotFound,
  type TenantRouting,
  TenantWriteFenced,
} from '../../functions/router/router.ts';
import { createFakeRouter, type FakeRouterOptions } from '../../scripts/testing/testing.ts';
import { until } from '../support/until.ts';

const fake = (given: Partial<FakeRouterOptions> = {}) =>
  createFakeRouter({ tenants: { north: 'basic', south: 'premium' }, ...given });
const tableOf = (router: TenantRouting, access: 'read' | 'write' = 'read', tenantId = 'north') =>
  router[access](tenantId, async (table) => table);

/** A promise that the test resolves. */
const gate = () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
};

test('each tenant is read and written in its table, and every call is noted', async () => {
  const router = fake();
  expect(await tableOf(router)).toBe('basic');
  expect(await tableOf(router, 'write', 'south')).toBe('premium');
  expect(router.calls).toEqual([
    { tenantId: 'north', operation: 'read', table: 'basic' },
    { tenantId: 'south', operation: 'write', table: 'premium' },
  ]);
});

test('a tenant that moves is in its new table at once, although its route was cached', async () => {
  const router = fake();
  await tableOf(router, 'write');
  await router.moveTenant('north', 'advanced');
  expect(await tableOf(router)).toBe('advanced');
  expect(await tableOf(router, 'write')).toBe('advanced');
  expect(await tableOf(router, 'read', 'south')).toBe('premium');
});

test('a move waits for operations under way, which keep their lease', async () => {
  const router = fake();
  const { open, opened } = gate();
  const slow = router.write('north', async (table) => {
    await opened;
    return table;
  });
  await until('the write to begin', () => router.calls.length === 1 || undefined);
  let moved = false;
  const move = router.moveTenant('north', 'advanced').then(() => {
    moved = true;
  });
  expect(moved).toBe(false);
  open();
  expect(await slow).toBe('basic');
  await move;
  expect(await tableOf(router)).toBe('advanced');
});

test('a write waits for the end of a fence, and a read does not', async () => {
  const router = fake();
  await tableOf(router, 'write');
  router.fenceWrites('north');
  const write = tableOf(router, 'write');
  expect(await tableOf(router)).toBe('basic');
  expect(router.calls.filter(({ operation }) => operation === 'write')).toHaveLength(1);
  router.openWrites('north');
  expect(await write).toBe('basic');
});

test('a write gives up after the longest wait, and was not run', async () => {
  const waits: boolean[] = [];
  const hooks = { fenceWaited: ({ gaveUp }: { readonly gaveUp: boolean }) => waits.push(gaveUp) };
  const router = fake({ maxWriteWaitMs: 0, hooks });
  router.fenceWrites('north');
  await expect(tableOf(router, 'write')).rejects.toThrow(TenantWriteFenced);
  expect(router.calls).toEqual([]);
  expect(waits).toEqual([true]);
});

test('an operation whose lease ends has an unknown outcome', async () => {
  const router = fake();
  const { open, opened } = gate();
  const slow = router.write('north', () => opened);
  await until('the write to begin', () => router.calls.length === 1 || undefined);
  router.endLeases();
  open();
  await expect(slow).rejects.toThrow(TenantLeaseExpired);
});

test('an unknown tenant has no route until it is added, and none after it is removed', async () => {
  const router = fake();
  await expect(tableOf(router, 'read', 'west')).rejects.toThrow(TenantRouteNotFound);
  router.addTenant('west', 'basic');
  expect(await tableOf(router, 'read', 'west')).toBe('basic');
  router.removeTenant('west');
  router.endLeases();
  await expect(tableOf(router, 'read', 'west')).rejects.toThrow(TenantRouteNotFound);
  await expect(router.moveTenant('west', 'premium')).rejects.toThrow('no tenant west');
});

test('an error of the operation is the error of the call', async () => {
  const router = fake();
  const failing = router.read('north', async () => {
    throw new RangeError('a fault of the application');
  });
  await expect(failing).rejects.toThrow(RangeError);
  await router.moveTenant('north', 'advanced');
});
