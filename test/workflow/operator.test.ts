import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidRequest, NotSafe } from '../../functions/migration/errors.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import {
  type MigrationId,
  type TableName,
  type TenantId,
  tableName,
} from '../../functions/migration/names.ts';
import { cancelMigration } from '../../functions/migration/operator/cancel-migration.ts';
import { holdCutover, releaseCutover } from '../../functions/migration/operator/hold-cutover.ts';
import { limitMigration } from '../../functions/migration/operator/limit-migration.ts';
import { pauseMigration, resumeMigration } from '../../functions/migration/operator/pause-migration.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, controlState, ended, itemsOf, untilFlipped } from '../support/tenants.ts';
import { until } from '../support/until.ts';

const asOperator = { by: 'ops', reason: 'to see' };
const TARGET = tableName('saas-tenant-data-advanced');

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack({ leaseMs: 50, leaseGraceMs: 20, holdMs: 60_000 });
});
afterAll(() => stack.stop());

const request = async (tenantId: string, more: { holdMs?: number; holdCutover?: boolean } = {}) =>
  (
    await requestMigration(stack.ports, {
      tenantId,
      toTier: 'advanced',
      requestedBy: 'test',
      reason: 'test',
      ...more,
    })
  ).migrationId;

const untilIt = (id: MigrationId, hasCome: (migration: Migration) => boolean): Promise<Migration> =>
  until(`${id} to get there: ${hasCome}`, async () => {
    const migration = await stack.ports.migrations.get(id);
    return migration && hasCome(migration) && migration;
  });
const put = (tenantId: TenantId, table: TableName, key: string, value: string) =>
  stack.ports.partition(tenantId).write(table, {
    puts: [{ tenantId: { S: tenantId }, entityKey: { S: key }, value: { S: value } }],
    deletes: [],
  });
const trail = async (id: MigrationId) =>
  (await stack.ports.migrations.events(id)).filter(({ who }) => who === 'ops').map(({ reason }) => reason);

describe('pause', () => {
  test('stops the copy within seconds, changes are captured during it, and resume continues', async () => {
    const { ports } = stack;
    const { tenantId, table, items } = await addTenant(ports, { tenantId: 'paused', items: 90 });
    stack.before('CopySegment', async () => {
      await pauseMigration(ports, (await latest(tenantId)).migrationId, asOperator);
    });
    const id = await request(tenantId, { holdMs: 0 });
    await untilIt(id, ({ paused }) => paused);
    await put(tenantId, table, 'WHILE#paused', '1');
    await ports.clock.sleep(2_500);
    expect(await ports.migrations.get(id)).toMatchObject({ status: 'copying', paused: true });
    await expect(pauseMigration(ports, id, asOperator)).rejects.toThrow(NotSafe);
    await resumeMigration(ports, id, asOperator);
    await expect(resumeMigration(ports, id, asOperator)).rejects.toThrow(NotSafe);
    expect((await ended(ports, id)).status).toBe('completed');
    expect(await itemsOf(ports, tenantId, TARGET)).toHaveLength(items.length + 1);
    expect(await trail(id)).toEqual(['paused: to see', 'resumed: to see']);
    await expect(pauseMigration(ports, id, asOperator)).rejects.toThrow(NotSafe);
  });
});

describe('a held cutover', () => {
  test('waits and keeps applying until the operator releases it', async () => {
    const { ports } = stack;
    const { tenantId, table, items } = await addTenant(ports, { tenantId: 'held', items: 90 });
    const id = await request(tenantId, { holdMs: 0, holdCutover: true });
    await untilIt(id, ({ stages }) => stages.flip !== undefined);
    await expect(holdCutover(ports, id, asOperator)).rejects.toThrow(/already held/);
    for (let n = 0; n < 5; n += 1) {
      await put(tenantId, table, `WHILE#held-${n}`, String(n));
      await ports.clock.sleep(200);
    }
    const applied = async () =>
      (await itemsOf(ports, tenantId, TARGET)).filter(({ entityKey }) => entityKey?.S?.startsWith('WHILE'));
    await until('5 changes to be applied', async () => (await applied()).length >= 5);
    expect(await ports.migrations.get(id)).toMatchObject({ status: 'catchingUp', cutovers: 0 });
    await releaseCutover(ports, id, asOperator);
    await expect(releaseCutover(ports, id, asOperator)).rejects.toThrow(/not held/);
    expect((await ended(ports, id)).status).toBe('completed');
    expect(await itemsOf(ports, tenantId, TARGET)).toHaveLength(items.length + 5);
  });

  test('can be cancelled, and everything is as before', async () => {
    const { ports } = stack;
    const { tenantId, table, items } = await addTenant(ports, { tenantId: 'held-off', items: 90 });
    const before = await controlState(ports);
    const id = await request(tenantId, { holdCutover: true });
    await untilIt(id, ({ stages }) => stages.flip !== undefined);
    await put(tenantId, table, 'WHILE#held', '1');
    await cancelMigration(ports, id, asOperator);
    expect((await ended(ports, id)).status).toBe('cancelled');
    expect(await controlState(ports)).toEqual(before);
    expect(await itemsOf(ports, tenantId, TARGET)).toEqual([]);
    expect(await itemsOf(ports, tenantId, table)).toHaveLength(items.length + 1);
    expect(await ports.journal.entries(id, 'source', 10)).toEqual([]);
  });
});

describe('a limit', () => {
  test('holds the copy to these write units a second, and can be removed while it runs', async () => {
    const { ports } = stack;
    const { tenantId, items } = await addTenant(ports, { tenantId: 'limited', items: 300 });
    stack.before('CopySegment', async () => {
      await limitMigration(ports, (await latest(tenantId)).migrationId, { write: 40 }, asOperator);
    });
    const id = await request(tenantId, { holdMs: 0 });
    await untilIt(id, ({ writeUnitsPerSecond }) => writeUnitsPerSecond === 40);
    await expect(limitMigration(ports, id, { write: 0 }, asOperator)).rejects.toThrow(InvalidRequest);
    await limitMigration(ports, id, { write: 'none' }, asOperator);
    expect((await ended(ports, id)).status).toBe('completed');
    expect(await itemsOf(ports, tenantId, TARGET)).toEqual(items);
    expect(await trail(id)).toEqual(['limited to 40 write units a second: to see', 'no write limit: to see']);
  });
});

describe('a rollback during the hold', () => {
  test('moves the tenant back with every write made since, out of a table that it shares with live tenants', async () => {
    const { ports } = stack;
    const neighbour = await addTenant(ports, { tenantId: 'neighbour', tier: 'advanced', items: 60 });
    const { tenantId, table, items } = await addTenant(ports, { tenantId: 'homesick', items: 120 });
    const before = await controlState(ports);
    const id = await request(tenantId);
    await expect(rollbackMigration(ports, id, asOperator)).rejects.toThrow(/has not flipped/);
    await untilFlipped(ports, id);
    await expect(cancelMigration(ports, id, asOperator)).rejects.toMatchObject({
      next: { action: 'rollback', migrationId: id },
    });
    const [changed, removed] = [items[5], items[70]] as [Item, Item];
    await ports.partition(tenantId).write(TARGET, {
      puts: [{ ...changed, note: { S: 'since' } }],
      deletes: [removed.entityKey?.S as never],
    });
    await put(tenantId, TARGET, 'SINCE#flip', '1');
    await rollbackMigration(ports, id, asOperator);
    const migration = await ended(ports, id);
    expect(migration).toMatchObject({ status: 'rolledBack', registryChange: 'none', locked: false });
    const expected = items.filter((item) => item !== removed && item !== changed);
    const found = await itemsOf(ports, tenantId, table);
    expect(found).toHaveLength(expected.length + 2);
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(found).toContainEqual({ ...changed, note: { S: 'since' } });
    expect(found.map(({ entityKey }) => entityKey?.S)).toContain('SINCE#flip');
    expect(await itemsOf(ports, tenantId, TARGET)).toEqual([]);
    expect(await itemsOf(ports, neighbour.tenantId, neighbour.table)).toEqual(neighbour.items);
    expect(await controlState(ports)).toEqual(before);
    expect(await trail(id)).toEqual(['rollback: to see']);
  });

  test('is refused once the source is being deleted', async () => {
    const { ports } = stack;
    const { tenantId } = await addTenant(ports, { tenantId: 'gone', items: 50 });
    const id = await request(tenantId, { holdMs: 0 });
    expect((await ended(ports, id)).status).toBe('completed');
    await expect(rollbackMigration(ports, id, asOperator)).rejects.toThrow(/in the other direction/);
  });

  test('that is interrupted is finished by a retry', async () => {
    const { ports } = stack;
    const { tenantId, table, items } = await addTenant(ports, { tenantId: 'halfway', items: 80 });
    const id = await request(tenantId);
    await untilFlipped(ports, id);
    await put(tenantId, TARGET, 'SINCE#flip', '1');
    stack.plant({ state: 'ReverseRegistry', when: 'before' });
    await rollbackMigration(ports, id, asOperator);
    expect((await ended(ports, id)).status).toBe('rollingBack');
    expect(await ports.routes.get(tenantId)).toMatchObject({ table, writes: 'open' });
    stack.plant();
    await retryMigration(ports, id, 'test');
    expect(await ended(ports, id)).toMatchObject({ status: 'rolledBack', registryChange: 'none' });
    expect(await itemsOf(ports, tenantId, table)).toHaveLength(items.length + 1);
    expect(await itemsOf(ports, tenantId, TARGET)).toEqual([]);
  });
});

const latest = async (tenantId: TenantId): Promise<Migration> => {
  for await (const one of stack.ports.migrations.list({ tenantId })) return one;
  throw new Error(`no migration of ${tenantId}`);
};
