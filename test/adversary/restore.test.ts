/**
 * One control table is restored to an earlier time, and a tenant has moved since, or is in its hold. The doctor reports the
 * inconsistencies, and its commands repair them without changing the tenant's items. `docs/operations/restore.md`
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { TenantId } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { controlTables } from '../../functions/migration/settings/settings.ts';
import { askDoctor, followDoctor } from '../support/follow-doctor.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { copyTable, restoreTable, type TableCopy } from '../support/table-copy.ts';
import { addTenant, ended, itemsOf, putAll } from '../support/tenants.ts';

type Name = 'registry' | 'routes' | 'migrations' | 'journal';

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack();
});
afterEach(() => stack.plant());
afterAll(() => stack?.stop());

let tenants = 0;

/** Moves a tenant, and copies a control table right before the given state. */
const moveAndCopy = async (name: Name, state: string, stops?: string) => {
  const { ports } = stack;
  tenants += 1;
  const added = await addTenant(ports, { tenantId: `restored-${tenants}`, items: 30 });
  const table = controlTables(ports.settings)[name];
  let copy: TableCopy = await copyTable(stack, table);
  if (state !== 'request')
    stack.before(state, async () => {
      copy = await copyTable(stack, table);
    });
  if (stops) stack.plant({ state: stops, when: 'before' });
  const { migrationId } = await requestMigration(ports, {
    ...{ tenantId: added.tenantId, toTier: 'advanced' },
    ...{ requestedBy: 'test', reason: 'test' },
  });
  const migration = await ended(ports, migrationId);
  stack.plant();
  expect(migration.status).toBe(stops ? 'holding' : 'completed');
  return { ...added, migration, copy };
};

const liveItems = async (tenantId: TenantId) => {
  const route = await stack.ports.routes.get(tenantId);
  const registered = await stack.ports.registry.tenant(tenantId);
  expect(route).toMatchObject({ table: registered?.table, writes: 'open' });
  return itemsOf(stack.ports, tenantId, route?.table ?? registered?.table ?? ('none' as never));
};

/** Selects findings of a tenant and findings without a tenant. */
const of =
  (tenantId: TenantId) =>
  (finding: { readonly tenantId?: string }): boolean =>
    finding.tenantId === undefined || finding.tenantId === tenantId;

const BEHIND: readonly [Name, string, string][] = [
  ['registry', 'request', 'registry-behind'],
  ['registry', 'CutOver', 'registry-behind'],
  ['registry', 'CheckHold', 'lock-left'],
  ['routes', 'request', 'route-behind'],
  ['routes', 'CutOver', 'route-behind'],
  ['routes', 'CheckHold', 'capture-left'],
  ['migrations', 'CopySegment', 'migration-behind'],
  ['migrations', 'CutOver', 'migration-behind'],
  ['migrations', 'CheckHold', 'migration-behind'],
];

test.each(BEHIND)('after a migration, %s as it was at %s: %s, mended, healthy', async (name, state, code) => {
  const { ports } = stack;
  const { tenantId, items, migration, copy } = await moveAndCopy(name, state);
  await restoreTable(stack, copy);
  const { findings } = await askDoctor(ports);
  expect(findings.map(({ id }) => id)).toContain(`${code}/${tenantId}`);
  await followDoctor(ports, of(tenantId));
  expect(await liveItems(tenantId)).toEqual(items);
  expect((await ports.routes.get(tenantId))?.table).toBe(migration.target.table);
});

test('after a migration, a migrations table from before the request needs no mending', async () => {
  const { tenantId, items, copy } = await moveAndCopy('migrations', 'request');
  await restoreTable(stack, copy);
  expect((await askDoctor(stack.ports)).findings.filter(of(tenantId))).toEqual([]);
  expect(await liveItems(tenantId)).toEqual(items);
});

test('a journal from before the cutover contains stale entries, which are cleared', async () => {
  const { ports } = stack;
  const { tenantId, items, migration, copy } = await moveAndCopy('journal', 'CutOver');
  const { migrationId } = migration;
  const entry = { id: { S: `${migrationId}#source#0` }, entityKey: { S: 'STUDENT#1' }, token: { S: '1#a' } };
  await restoreTable(stack, { ...copy, items: [...copy.items, entry] });
  expect(await followDoctor(ports, ({ migrationId: id }) => id === migrationId)).toEqual([
    `journal-left/${migrationId}`,
  ]);
  expect(await liveItems(tenantId)).toEqual(items);
});

test.each<[Name, string]>([
  ['registry', 'request'],
  ['registry', 'CutOver'],
  ['routes', 'request'],
  ['routes', 'CutOver'],
  ['migrations', 'CutOver'],
  ['journal', 'CutOver'],
])('in the hold, %s as it was at %s: mended, and the migration completes', async (name, state) => {
  const { ports } = stack;
  const { tenantId, items, migration, copy } = await moveAndCopy(name, state, 'CheckHold');
  await restoreTable(stack, copy);
  await followDoctor(ports, of(tenantId));
  expect(await ports.migrations.get(migration.migrationId)).toMatchObject({ status: 'completed' });
  expect(await liveItems(tenantId)).toEqual(items);
});

test('routes from before a flip, and later writes of the application: STOP, the right table, and no command', async () => {
  const { ports } = stack;
  const { tenantId, items, migration, copy } = await moveAndCopy('routes', 'request');
  await restoreTable(stack, copy);
  const [late] = items;
  if (!late) throw new Error('the tenant has no items');
  await putAll(ports, tenantId, migration.source.table, [late]);
  const { findings } = await askDoctor(ports);
  expect(findings[0]).toMatchObject({ id: `route-behind/${tenantId}`, severity: 'stop' });
  expect(findings[0]?.what).toMatch(/^STOP .*[Tt]he right table is saas-tenant-data-advanced\.$/);
  expect(findings[0]?.next).toEqual({ action: 'by-hand', todo: expect.stringMatching(/newer/) });
  await ports.partition(tenantId).write(migration.source.table, {
    puts: [],
    deletes: [late.entityKey?.S as never],
  });
  await followDoctor(ports, of(tenantId));
  expect(await liveItems(tenantId)).toEqual(items);
});
