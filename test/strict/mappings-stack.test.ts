import { DynamoDBClient, ListBackupsCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TableName } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';
import { startStrictStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStrictStack({
    scale: 20,
    // shards split while the tenant moves
    streams: { splitMs: 20_000 },
    lambda: { accountConcurrency: 50 },
  });
});
afterAll(() => stack.stop());

test('a tenant moves into a dedicated table, whose mappings are created while it waits, and leaves nothing behind', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'strict', items: 120 });
  const request = { tenantId, toTier: 'enterprise', requestedBy: 'test', reason: 'test' };
  const migration = await ended(ports, (await requestMigration(ports, request)).migrationId);
  expect(migration.failure).toBeUndefined();
  expect(migration.status).toBe('completed');
  const target = 'saas-tenant-data-enterprise-strict' as TableName;
  expect(migration.target.table).toBe(target);
  expect(await itemsOf(ports, tenantId, target)).toEqual(items);
  expect(await itemsOf(ports, tenantId, table)).toEqual([]);
  // a mapping of Lambda, and not the poller of one machine
  expect(await ports.streamReaders.captureReader(target)).toMatchObject({
    reader: expect.stringMatching(/^[0-9a-f-]{36}$/),
    isOn: true,
  });
});

test('a tenant leaves its own table, which is dropped once its final backup has been made', async () => {
  const { ports } = stack;
  const {
    tenantId,
    table: source,
    items,
  } = await addTenant(ports, {
    tenantId: 'leaving',
    tier: 'enterprise',
    items: 60,
  });
  const request = { tenantId, toTier: 'basic', requestedBy: 'test', reason: 'test' };
  const migration = await ended(ports, (await requestMigration(ports, request)).migrationId);
  expect(migration.failure).toBeUndefined();
  expect(migration.status).toBe('completed');
  expect(await itemsOf(ports, tenantId, 'saas-tenant-data-basic' as TableName)).toEqual(items);
  const client = new DynamoDBClient(stack.client);
  const { BackupSummaries } = await client.send(new ListBackupsCommand({ TableName: source }));
  expect(BackupSummaries).toMatchObject([{ TableName: source, BackupStatus: 'AVAILABLE' }]);
  await until('the table to be gone', async () => (await ports.tables.describe(source)) === undefined);
  client.destroy();
});
