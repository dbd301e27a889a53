import { afterAll, beforeAll, expect, test } from 'vitest';
import { findTenantsToMove, sweep } from '../../functions/migration/growth/sweep.ts';
import type { TenantId } from '../../functions/migration/names.ts';
import { setPreferences } from '../../functions/migration/operator/set-preferences.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, collect, ended, itemsOf, putAll } from '../support/tenants.ts';

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack({ holdMs: 0 });
});
afterAll(() => stack.stop());

const asked = { counts: true, waits: true, by: 'sweep' };

/** Adds schools without an event; an item below a school is not a school. */
const grow = async (tenantId: TenantId, schools: number) => {
  const { ports } = stack;
  const table = (await ports.registry.tenant(tenantId))?.table;
  if (!table) throw new Error(`${tenantId} is not registered`);
  const items = Array.from({ length: schools }, (_, n) => [`SCHOOL#new-${n}`, `SCHOOL#new-${n}#COURSE#1`])
    .flat()
    .map((key) => ({ tenantId: { S: tenantId }, entityKey: { S: key } }));
  await putAll(ports, tenantId, table, items);
};

test('each tenant that has outgrown a tier is found by counting, and moved once; no other tenant is', async () => {
  const { ports } = stack;
  const added = async (tenantId: string, more: number) => {
    const tenant = await addTenant(ports, { tenantId, items: 60, schools: 3 });
    await grow(tenant.tenantId, more);
    return tenant.tenantId;
  };
  const atLimit = await added('at-limit', 7);
  const over = await added('over', 8);
  const leaps = await added('leaps', 60);
  const optedOut = await added('opted-out', 30);
  await setPreferences(ports, optedOut, { autoMigrate: 'off' }, { by: 'test' });

  // the registry knows of three schools each
  const found = await collect(findTenantsToMove(ports, { counts: false }));
  expect(found.filter(({ kind }) => kind === 'leaves')).toEqual([]);
  const before = new Map(
    await Promise.all(
      [over, leaps].map(async (id) => [id, await itemsOf(ports, id, await location(id))] as const),
    ),
  );
  const swept = await sweep(ports, asked);
  expect(swept.stays).toEqual([]);
  expect(swept.needPerson).toMatchObject([{ tenantId: optedOut }]);
  expect(swept.moved).toHaveLength(2);
  for (const id of swept.moved) expect((await ended(ports, id)).status).toBe('completed');

  expect(await ports.registry.tenant(over)).toMatchObject({ tier: 'advanced', schoolCount: 11 });
  expect(await ports.registry.tenant(leaps)).toMatchObject({ tier: 'premium', schoolCount: 63 });
  for (const stays of [atLimit, optedOut])
    expect(await ports.registry.tenant(stays)).toMatchObject({ tier: 'basic' });
  for (const [id, items] of before) expect(await itemsOf(ports, id, await location(id))).toEqual(items);

  expect(await sweep(ports, asked)).toMatchObject({ moved: [], stays: [] });
  expect(await collect(ports.migrations.list({}))).toHaveLength(2);
});

const location = async (tenantId: TenantId) => {
  const tenant = await stack.ports.registry.tenant(tenantId);
  if (!tenant) throw new Error(`${tenantId} is not registered`);
  return tenant.table;
};
