import { DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comparePartitions } from '../../functions/migration/compare/compare-partitions.ts';
import { type Item, keyOf } from '../../functions/migration/items/items.ts';
import { entityKey, type TableName, type TenantId, tableName } from '../../functions/migration/names.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, itemsOf, putAll, untilFlipped } from '../support/tenants.ts';

/** Data F1: expiry excuses an item that is missing on one side, and nothing else. */

const SOURCE = tableName('saas-tenant-data-basic');
const TARGET = tableName('saas-tenant-data-advanced');

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack();
});
afterAll(() => stack?.stop());

const secondsAgo = (seconds: number) => ({ N: String(Math.floor(Date.now() / 1_000) - seconds) });
const anItem = (tenantId: TenantId, key: string, value: string, expiresAt = secondsAgo(3_600)): Item => ({
  tenantId: { S: tenantId },
  entityKey: { S: key },
  value: { S: value },
  expiresAt,
});
const KEYS = ['SESSION#updated', 'SESSION#deleted', 'SESSION#edited', 'SESSION#revived', 'SESSION#untouched'];
/** States right before which the application writes, each time to sessions of their own. */
const WRITTEN_AT = ['CopySegment', 'ApplyJournal', 'CatchUp', 'CutOver'];

/** A tenant with expired sessions, once for each suffix of their keys. */
const aTenant = async (id: string, suffixes: readonly string[] = ['']): Promise<TenantId> => {
  const { tenantId, table } = await addTenant(stack.ports, { tenantId: id, items: 60 });
  const items = suffixes.flatMap((suffix) =>
    KEYS.map((key) => anItem(tenantId, `${key}${suffix}`, 'before')),
  );
  await putAll(stack.ports, tenantId, table, items);
  return tenantId;
};
/** Changes expired items as an application does: DynamoDB keeps them for days, and accepts writes to them. */
const writeExpired = async (tenantId: TenantId, table: TableName, suffix = ''): Promise<void> => {
  const partition = stack.ports.partition(tenantId);
  const softDeleted = anItem(tenantId, `SESSION#edited${suffix}`, 'before', secondsAgo(0));
  await partition.write(table, {
    puts: [
      anItem(tenantId, `SESSION#updated${suffix}`, 'after'),
      anItem(tenantId, `SESSION#new${suffix}`, 'new'),
      anItem(tenantId, `SESSION#revived${suffix}`, 'revived', secondsAgo(-3_600)),
      softDeleted,
    ],
    deletes: [entityKey(`SESSION#deleted${suffix}`)],
  });
  await partition.write(table, { puts: [{ ...softDeleted, value: { S: 'after' } }], deletes: [] });
};
const sessionsOn = async (tenantId: TenantId, table: TableName) =>
  Object.fromEntries(
    (await itemsOf(stack.ports, tenantId, table))
      .filter((item) => item.entityKey?.S?.startsWith('SESSION#'))
      .map((item) => [keyOf(item), item.value?.S]),
  );
const written = (suffix = '') => ({
  [`SESSION#updated${suffix}`]: 'after',
  [`SESSION#new${suffix}`]: 'new',
  [`SESSION#edited${suffix}`]: 'after',
  [`SESSION#revived${suffix}`]: 'revived',
  [`SESSION#untouched${suffix}`]: 'before',
});
const request = async (tenantId: TenantId, more: { holdMs?: number } = {}) => {
  const wanted = { tenantId, toTier: 'advanced', requestedBy: 'test', reason: 'test', ...more };
  return (await requestMigration(stack.ports, wanted)).migrationId;
};
const migrate = async (tenantId: TenantId) => {
  const { ports } = stack;
  const migration = await ended(ports, await request(tenantId));
  return { migration, report: await ports.migrations.report(migration.migrationId) };
};

describe('data F1: writes of the application to expired items', () => {
  test('at any time before the flip arrive on the target, and deleted items do not come back', async () => {
    const tenantId = await aTenant('expired-written', WRITTEN_AT);
    for (const state of WRITTEN_AT) stack.before(state, () => writeExpired(tenantId, SOURCE, state));
    const { migration, report } = await migrate(tenantId);
    expect(migration.status).toBe('completed');
    const expected = Object.assign({}, ...WRITTEN_AT.map(written)) as Record<string, string>;
    expect(await sessionsOn(tenantId, TARGET)).toEqual(expected);
    expect(await itemsOf(stack.ports, tenantId, SOURCE)).toEqual([]);
    expect(report?.verified?.target.items).toBe(60 + Object.keys(expected).length);
  });

  test('after the flip come back with a rollback', async () => {
    const { ports } = stack;
    const tenantId = await aTenant('expired-rollback');
    const id = await request(tenantId, { holdMs: 60_000 });
    await untilFlipped(ports, id);
    await writeExpired(tenantId, TARGET);
    await rollbackMigration(ports, id, { by: 'ops', reason: 'to see' });
    expect((await ended(ports, id)).status).toBe('rolledBack');
    expect(await sessionsOn(tenantId, SOURCE)).toEqual(written());
    expect(await itemsOf(ports, tenantId, TARGET)).toEqual([]);
  });

  test('arrive if expiresAt is a business date and the source has no TTL', async () => {
    const { ports } = stack;
    const { tenantId, table } = await addTenant(ports, { tenantId: 'licensed', tier: 'premium', items: 60 });
    // a plan refuses the tenant of a table without TTL, because the target's would delete the item
    stack.before('LockTenant', () => turnTtlOff(table));
    const licence = { ...anItem(tenantId, 'LICENCE#1', 'school'), seats: { N: '10' } };
    await putAll(ports, tenantId, table, [licence]);
    stack.before('CatchUp', () => putAll(ports, tenantId, table, [{ ...licence, seats: { N: '25' } }]));
    const wanted = { tenantId, toTier: 'enterprise', requestedBy: 'test', reason: 'test' };
    const { migrationId } = await requestMigration(ports, wanted);
    const { status, target } = await ended(ports, migrationId);
    expect(status).toBe('completed');
    const moved = await itemsOf(ports, tenantId, target.table as TableName);
    expect(moved.find((item) => keyOf(item) === 'LICENCE#1')?.seats).toEqual({ N: '25' });
  });
});

describe('data F1: values of expired items are compared', () => {
  test('a foreign write to an expired item on the target stops the cutover', async () => {
    const tenantId = await aTenant('expired-foreign');
    stack.before('CatchUp', () =>
      putAll(stack.ports, tenantId, TARGET, [anItem(tenantId, 'SESSION#updated', 'foreign')]),
    );
    const { migration, report } = await migrate(tenantId);
    expect(migration).toMatchObject({ status: 'rolledBack', failure: { error: 'ForeignWrite' } });
    expect(report?.foreign.map(({ key, kind }) => [key, kind])).toEqual([['SESSION#updated', 'different']]);
  });

  test('a change of an expired item on the kept source stops the clean-up, even if capture missed it', async () => {
    const tenantId = await aTenant('expired-straggler');
    const { ports } = stack;
    stack.before('VerifyKeptSegment', () =>
      putAll(ports, tenantId, SOURCE, [anItem(tenantId, 'SESSION#updated', 'straggler')]),
    );
    stack.alter('ConcludeKeptSource', (given) => ({
      ...given,
      journal: { ...given.journal, entries: async () => [] },
    }));
    const { migration, report } = await migrate(tenantId);
    stack.alter();
    expect(migration).toMatchObject({ status: 'holding', failure: { error: 'SourceChangedAfterFlip' } });
    expect(report?.differences.map(({ key, kind }) => [key, kind])).toEqual([
      ['SESSION#updated', 'different'],
    ]);
    expect((await sessionsOn(tenantId, SOURCE))['SESSION#updated']).toBe('straggler');
  });

  test('verify reports an expired item whose value differs, and none that is missing on one side', async () => {
    const { ports } = stack;
    const tenantId = await aTenant('expired-verify');
    const copies = await itemsOf(ports, tenantId, SOURCE);
    await putAll(ports, tenantId, TARGET, [
      ...copies.filter((item) => keyOf(item) !== 'SESSION#deleted' && keyOf(item) !== 'SESSION#updated'),
      anItem(tenantId, 'SESSION#updated', 'another'),
      anItem(tenantId, 'SESSION#new', 'new'),
    ]);
    const comparison = await comparePartitions(ports, tenantId, SOURCE, TARGET);
    expect(comparison.differences.map(({ key, kind }) => [key, kind])).toEqual([
      ['SESSION#updated', 'different'],
    ]);
    const { source, target, expired } = comparison;
    expect([source.items, target.items, expired]).toEqual([64, 64, 2]);
  });
});

describe('data F1: an expired item that is missing on one side is not a difference', () => {
  const expire = (tenantId: TenantId, table: TableName, suffix = '') =>
    stack.ports
      .partition(tenantId)
      .write(table, { puts: [], deletes: [entityKey(`SESSION#deleted${suffix}`)] })
      .then(() => undefined);

  test('before, in and after the cutover, until the kept source is deleted', async () => {
    const expired = [
      ['CompareSegment', TARGET],
      ['CutOver', TARGET],
      ['CompareKeptSegment', SOURCE],
      ['VerifyKeptSegment', SOURCE],
      ['CleanUpSegment', SOURCE],
    ] as const;
    const tenantId = await aTenant(
      'expires',
      expired.map(([state]) => state),
    );
    for (const [state, table] of expired) stack.before(state, () => expire(tenantId, table, state));
    const { migration } = await migrate(tenantId);
    expect(migration.failure).toBeUndefined();
    expect(migration.status).toBe('completed');
    for (const [state] of expired) expect(stack.ran).toContain(state);
    expect(await itemsOf(stack.ports, tenantId, SOURCE)).toEqual([]);
  });

  test('on the kept source before a rollback: the target is still discarded', async () => {
    const { ports } = stack;
    const tenantId = await aTenant('expires-rollback');
    const id = await request(tenantId, { holdMs: 60_000 });
    await untilFlipped(ports, id);
    await expire(tenantId, SOURCE);
    await rollbackMigration(ports, id, { by: 'ops', reason: 'to see' });
    expect((await ended(ports, id)).status).toBe('rolledBack');
    expect(await itemsOf(ports, tenantId, TARGET)).toEqual([]);
    expect((await ports.migrations.foreign(id)).differences).toEqual([]);
  });
});

const turnTtlOff = async (table: TableName): Promise<void> => {
  const client = new DynamoDBClient(stack.client);
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: table,
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: false },
    }),
  );
  client.destroy();
};
