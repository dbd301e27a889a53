/** Each inconsistency alone: the doctor reports it, its command repairs it, and the next run finds nothing. */
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diagnose } from '../../functions/migration/doctor/diagnose.ts';
import { makeMend } from '../../functions/migration/doctor/mend.ts';
import { Conflict } from '../../functions/migration/errors.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import {
  entityKey,
  epochMs,
  type MigrationId,
  type TenantId,
  tableName,
} from '../../functions/migration/names.ts';
import type { Route } from '../../functions/migration/route/route.ts';
import { controlTables } from '../../functions/migration/settings/settings.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import { askDoctor, followDoctor } from '../support/follow-doctor.ts';
import { aMigration, aTable } from '../support/records.ts';
import { withClient } from '../support/table-copy.ts';
import { addTenant, itemsOf, putAll } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

const settings = { leaseMs: 5_000, cutoverLeaseMs: 1_000, leaseGraceMs: 1 };
const GONE = 'mig-20260101000000-00000000' as MigrationId;
const HOUR_MS = 60 * 60_000;

let stack: Stack;
beforeAll(async () => {
  // without a dispatcher, which would repair some of the inconsistencies itself
  stack = await startTestStack({ settings, countsSchools: false, dispatches: false });
  await createTierTables(stack);
});
afterAll(() => stack?.stop());

let tenants = 0;
const newTenant = () => {
  tenants += 1;
  return addTenant(stack.ports, { tenantId: `patient-${tenants}`, items: 4 });
};
const routeOf = async (tenantId: TenantId): Promise<Route> => {
  const route = await stack.ports.routes.get(tenantId);
  if (!route) throw new Error('the tenant has no route');
  return route;
};
const setRoute = async (tenantId: TenantId, change: Partial<Route>): Promise<void> => {
  const route = await routeOf(tenantId);
  await stack.ports.routes.compareAndSet(route, { ...route, ...change });
};
const names = () => controlTables(stack.ports.settings);
const setField = (key: string, field: string, value: string | object): Promise<unknown> =>
  withClient(stack, (client) =>
    client.send(
      new UpdateItemCommand({
        TableName: names().registry,
        Key: { id: { S: key } },
        UpdateExpression: 'SET #f = :v',
        ExpressionAttributeNames: { '#f': field },
        ExpressionAttributeValues: {
          ':v': typeof value === 'string' ? { S: value } : (value as { N: string }),
        },
      }),
    ),
  );
const remove = (table: keyof ReturnType<typeof names>, key: Record<string, string>): Promise<unknown> =>
  withClient(stack, (client) =>
    client.send(
      new DeleteItemCommand({
        TableName: names()[table],
        Key: Object.fromEntries(Object.entries(key).map(([name, value]) => [name, { S: value }])),
      }),
    ),
  );
const opened = async (given: Partial<Migration>): Promise<Migration> => {
  const migration = aMigration(given);
  await stack.ports.migrations.create(migration);
  return migration;
};

/** Functions that create an inconsistency, by the code of its finding. */
const PLANTS: Readonly<Record<string, (tenantId: TenantId) => Promise<unknown>>> = {
  'fence-left': (tenantId) =>
    setRoute(tenantId, {
      writes: 'fenced',
      fence: { migrationId: GONE, deadline: epochMs(Date.now() + HOUR_MS) },
    }),
  'fence-overdue': (tenantId) =>
    setRoute(tenantId, { writes: 'fenced', fence: { migrationId: GONE, deadline: epochMs(1) } }),
  'lock-left': (tenantId) => setField(`TENANT#${tenantId}`, 'lockedBy', GONE),
  'pending-left': (tenantId) =>
    setField(`TENANT#${tenantId}`, 'pending', {
      M: { tier: { S: 'advanced' }, placement: { S: 'shared' }, table: { S: 'other' } },
    }),
  'capture-left': async (tenantId) => {
    const { table } = await routeOf(tenantId);
    await setRoute(tenantId, { capture: { migrationId: GONE, tables: { source: table } } });
    await stack.ports.journal.addEntries(GONE, 'source', [{ key: entityKey('STUDENT#1'), sequence: '1' }]);
  },
  'lease-short': (tenantId) => setRoute(tenantId, { leaseMs: 1_000 }),
  'route-missing': (tenantId) => remove('routes', { tenantId }),
  'tenant-missing': (tenantId) => remove('registry', { id: `TENANT#${tenantId}` }),
  'latest-missing': (tenantId) =>
    withClient(stack, (client) =>
      client.send(
        new PutItemCommand({
          TableName: names().migrations,
          Item: { migrationId: { S: `TENANT#${tenantId}` }, part: { S: 'LATEST' }, latest: { S: GONE } },
        }),
      ),
    ),
  'registry-behind': async (tenantId) => {
    const { table } = await routeOf(tenantId);
    await setField(`TENANT#${tenantId}`, 'table', 'saas-tenant-data-advanced');
    expect(table).not.toBe('saas-tenant-data-advanced');
  },
};

test('entries, touched keys and first changes of a migration that runs are not damaged', async () => {
  const { migrationId } = await opened({ status: 'catchingUp' });
  const { journal } = stack.ports;
  const changes = [{ key: entityKey('STUDENT#1'), sequence: '1' }];
  await journal.addEntries(migrationId, 'source', changes);
  await journal.removeAsTouched(migrationId, 'source', await journal.entries(migrationId, 'source', 1), 1);
  await journal.addEntries(migrationId, 'source', changes);
  await journal.saveFirstChanges(migrationId, 'target', [{ key: entityKey('STUDENT#1'), states: [''] }]);
  const { findings } = await askDoctor(stack.ports);
  expect(findings.filter(({ id }) => id.startsWith('damaged/'))).toEqual([]);
  await journal.clear(migrationId);
  await remove('migrations', { migrationId, part: 'META' });
});

test.each(Object.entries(PLANTS))(
  '%s is reported, mended by its command, and healthy afterwards',
  async (code, plant) => {
    const { ports } = stack;
    const { tenantId, table, items } = await newTenant();
    await plant(tenantId);
    const { findings } = await askDoctor(ports);
    const found = findings.find(({ id }) => id === `${code}/${tenantId}`);
    expect(found).toMatchObject({ tenantId, next: { command: `tierferry mend ${code}/${tenantId} --yes` } });
    expect(found?.what).toMatch(/^[A-Z][^.]*\.?.*\.$/);
    await followDoctor(ports);
    expect(await routeOf(tenantId)).toMatchObject({ table, writes: 'open', leaseMs: 5_000 });
    expect(await ports.registry.tenant(tenantId)).toMatchObject({ table });
    expect(await itemsOf(ports, tenantId, table)).toEqual(items);
  },
);

test('wrong counts of a table, a missing table, and a stale admission slot are mended', async () => {
  const { ports } = stack;
  const { table } = await newTenant();
  await setField(`TABLE#${table}`, 'tenants', { N: '17' });
  const gone = aTable();
  await ports.registry.addTable(gone);
  await ports.admissions.replace(await ports.admissions.current(), [
    { migrationId: GONE, source: table, at: epochMs(1) },
  ]);
  expect((await askDoctor(ports)).findings.map(({ id }) => id).sort()).toEqual([
    `admission-left/${GONE}`,
    `counts-wrong/${table}`,
    `table-gone/${gone.table}`,
  ]);
  await followDoctor(ports);
  expect(await ports.registry.table(gone.table)).toMatchObject({ state: 'dropped' });
  const { tenants: counted = 0, freeSlots = 0 } = (await ports.registry.table(table)) ?? {};
  expect(counted + freeSlots).toBe(100);
});

test('a migration without an execution is retried, and one that the registry does not name gets its lock back', async () => {
  const { ports } = stack;
  const { tenantId, table } = await newTenant();
  const route = await routeOf(tenantId);
  const source = { tier: 'basic' as never, placement: 'shared' as const, table };
  const { migrationId } = await opened({
    ...{ tenantId, source, status: 'provisioning', locked: true, routeEpoch: route.epoch },
  });
  expect(await followDoctorTo(`stopped/${tenantId}`)).toBe(`tierferry retry ${migrationId}`);
  expect(await ports.registry.tenant(tenantId)).toMatchObject({ lockedBy: migrationId });
  await ports.registry.unlockTenant(tenantId, migrationId);
  await remove('migrations', { migrationId, part: 'META' });
  await followDoctor(ports);
});

/** Follows the doctor up to this finding. @returns the finding's command */
const followDoctorTo = async (id: string): Promise<string | undefined> => {
  await followDoctor(stack.ports, (finding) => finding.id !== id);
  return (await askDoctor(stack.ports)).findings.find((finding) => finding.id === id)?.next.command;
};

test('a damaged record is reported with table, key and field, and everything else is still checked', async () => {
  const { ports } = stack;
  const [damaged, other] = [await newTenant(), await newTenant()];
  await setField(`TENANT#${damaged.tenantId}`, 'name', { N: '1' });
  await setField(`TENANT#${other.tenantId}`, 'lockedBy', GONE);
  const { findings } = await askDoctor(ports);
  expect(findings.map(({ id }) => id)).toEqual(
    expect.arrayContaining([`damaged/TENANT#${damaged.tenantId}`, `lock-left/${other.tenantId}`]),
  );
  const [found] = findings.filter(({ id }) => id.startsWith('damaged/'));
  expect(found).toMatchObject({
    what: expect.stringMatching(/field 'name'/),
    next: { todo: expect.any(String) },
  });
  await setField(`TENANT#${damaged.tenantId}`, 'name', damaged.tenantId);
  await followDoctor(ports);
});

test('doctor --deep finds items of a tenant in a shared table where the tenant does not live', async () => {
  const { ports } = stack;
  const { tenantId, items } = await newTenant();
  const other = tableName('saas-tenant-data-advanced');
  await putAll(ports, tenantId, other, items);
  expect((await askDoctor(ports)).healthy).toBe(true);
  const { findings } = await askDoctor(ports, '--deep');
  expect(findings.map(({ id }) => id)).toEqual([`items-left/${tenantId}/${other}`]);
  const deletes = items.map((item) => entityKey(item.entityKey?.S ?? ''));
  await ports.partition(tenantId).write(other, { puts: [], deletes });
  expect((await askDoctor(ports, '--deep')).healthy).toBe(true);
});

test('a mend writes nothing if its records have changed, or without --yes', async () => {
  const { ports } = stack;
  const { tenantId } = await newTenant();
  await setField(`TENANT#${tenantId}`, 'lockedBy', GONE);
  const id = `lock-left/${tenantId}`;
  const offer = await runInProcess(ports, ['mend', id]);
  expect(offer).toMatchObject({ code: 0, stdout: expect.stringMatching(/Nothing was changed\.\n$/) });
  expect(await ports.registry.tenant(tenantId)).toMatchObject({ lockedBy: GONE });
  const found = (await diagnose(ports, { pauseMs: 1 })).findings.find((one) => one.id === id);
  if (found?.next.action !== 'mend') throw new Error('there is nothing to mend');
  await setField(`TENANT#${tenantId}`, 'lockedBy', `${GONE}-2`);
  await expect(makeMend(ports, found.next.mend, { by: 'ana', reason: 'test' })).rejects.toThrow(Conflict);
  expect(await ports.registry.tenant(tenantId)).toMatchObject({ lockedBy: `${GONE}-2` });
  await followDoctor(ports);
  expect(await runInProcess(ports, ['mend', id, '--yes'])).toMatchObject({ code: 2 });
});
