import { DynamoDBClient, ListBackupsCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TableName, tableName } from '../../functions/migration/names.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import {
  type MigrationRequest,
  requestMigration,
} from '../../functions/migration/requests/request-migration.ts';
import { SENTINEL_WORD } from '../../functions/router/sentinel.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { addTenant, controlState, ended, itemsOf, putAll, untilFlipped } from '../support/tenants.ts';
import { startStrictStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';

/**
 * Everything in the strict layer is on. Its delays are divided by this number: the test is not about them, but about
 * the workflow passing every state that they cause.
 */
const SCALE = 50;
/** Work done before `CompareSegment`, in the test that sets it. */
let beforeComparison: (() => Promise<void>) | undefined;

let stack: Stack;
beforeAll(async () => {
  const strict = {
    scale: SCALE,
    // shards split while a tenant moves
    streams: { splitMs: 20_000 },
    lambda: { accountConcurrency: 50, serviceFailureShare: 0.01 },
  };
  stack = await startStrictStack(strict, {
    wrapHandler:
      (name, run) =>
      async (...given) => {
        if (name === 'CompareSegment') await beforeComparison?.();
        return run(...given);
      },
  });
});
afterAll(() => stack?.stop());

const request = async (tenantId: string, toTier: string, options: Partial<MigrationRequest> = {}) => {
  const by = { requestedBy: 'test', reason: 'test' };
  return (await requestMigration(stack.ports, { tenantId, toTier, ...by, ...options })).migrationId;
};
const migrate = async (tenantId: string, toTier: string) => {
  const migration = await ended(stack.ports, await request(tenantId, toTier));
  expect(migration.failure).toBeUndefined();
  expect(migration).toMatchObject({ status: 'completed', attempt: 1 });
  return migration;
};

/** The backups of a table, from the layer, since the engine has none. */
const backupsOf = async (table: TableName) => {
  const client = new DynamoDBClient(stack.client);
  try {
    return (await client.send(new ListBackupsCommand({ TableName: table }))).BackupSummaries ?? [];
  } finally {
    client.destroy();
  }
};

test('a tenant moves between shared tables on a strict stack', async () => {
  const { ports } = stack;
  const neighbour = await addTenant(ports, { tenantId: 'neighbour', items: 60 });
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'mover', items: 120 });
  const { target, migrationId } = await migrate('mover', 'advanced');
  expect(await itemsOf(ports, tenantId, tableName(String(target.table)))).toEqual(items);
  expect(await itemsOf(ports, tenantId, table)).toEqual([]);
  expect(await itemsOf(ports, neighbour.tenantId, table)).toEqual(neighbour.items);
  expect(await ports.migrations.report(migrationId)).toMatchObject({ outcome: 'completed', differing: 0 });
});

test('a tenant moves into a table whose recovery comes late, and out of it after one complete backup', async () => {
  const { ports } = stack;
  const { tenantId, items } = await addTenant(ports, { tenantId: 'grown', items: 120 });
  await migrate('grown', 'enterprise');
  const own = tableName('saas-tenant-data-enterprise-grown');
  expect(await ports.tables.describe(own)).toMatchObject({ pointInTimeRecovery: true });
  expect(await itemsOf(ports, tenantId, own)).toEqual(items);
  expect(await ports.streamReaders.captureReader(own)).toMatchObject({ isOn: true });
  const down = await migrate('grown', 'premium');
  expect(await itemsOf(ports, tenantId, tableName(String(down.target.table)))).toEqual(items);
  expect(await backupsOf(own)).toMatchObject([{ TableName: own, BackupStatus: 'AVAILABLE' }]);
  await until('the table to be gone', async () => (await ports.tables.describe(own)) === undefined);
});

test('a rollback in the hold takes a tenant out of a table that its migration created', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'homesick', items: 120 });
  const before = await controlState(ports);
  const id = await request('homesick', 'enterprise', { holdMs: 60_000 });
  await untilFlipped(ports, id);
  const own = tableName('saas-tenant-data-enterprise-homesick');
  const since = { tenantId: { S: tenantId }, entityKey: { S: 'WHILE#held' } };
  await putAll(ports, tenantId, own, [since]);
  await rollbackMigration(ports, id, { by: 'test', reason: 'to see' });
  expect(await ended(ports, id)).toMatchObject({
    status: 'rolledBack',
    registryChange: 'none',
    locked: false,
  });
  expect(await itemsOf(ports, tenantId, table)).toEqual([...items, since]);
  expect(await controlState(ports)).toEqual(before);
  await until('the table to be gone', async () => (await ports.tables.describe(own)) === undefined);
});

test('a failed Map is reported by its item’s own error, and the table of the migration is deleted', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'unlucky', items: 120 });
  const before = await controlState(ports);
  // such an item cannot be moved, and the plan did not see it
  const reserved = { tenantId: { S: tenantId }, entityKey: { S: `STUDENT#${SENTINEL_WORD}mine` } };
  beforeComparison = () => putAll(ports, tenantId, table, [reserved]);
  try {
    const migration = await ended(ports, await request('unlucky', 'enterprise'));
    expect(migration).toMatchObject({ status: 'rolledBack', failure: { error: 'UnmovableItem' } });
  } finally {
    beforeComparison = undefined;
  }
  const left = (await itemsOf(ports, tenantId, table)).filter(
    ({ entityKey }) => entityKey?.S !== reserved.entityKey.S,
  );
  expect(left).toEqual(items);
  expect(await controlState(ports)).toEqual(before);
});
