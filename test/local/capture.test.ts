import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import type { MigrationId, TableName, TenantId } from '../../functions/migration/names.ts';
import { arm, type Side } from '../../functions/migration/route/route.ts';
import { sharedTableName } from '../../functions/migration/settings/settings.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { aMigration, aRoute, aTenant, newTenantId } from '../support/records.ts';
import { startTestStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';

/** An application that is independent of this process. */
let application: DynamoDBClient;
let stack: Stack;
let table: TableName;
beforeAll(async () => {
  stack = await startTestStack({ countsSchools: false });
  await createTierTables(stack);
  const [tier] = stack.ports.settings.tiers;
  if (!tier) throw new Error('there is a tier');
  table = sharedTableName(stack.ports.settings, tier.name, 1);
  application = dynamoClient(stack.client);
});
afterAll(async () => {
  application?.destroy();
  await stack?.stop();
});

/** A tenant whose changes on the table are captured. */
const armed = async () => {
  const { routes, registry } = stack.ports;
  const { migrationId } = aMigration();
  const tenant = aTenant({ table });
  const open = aRoute({ tenantId: tenant.tenantId, table });
  await registry.addTenant(tenant, open);
  await routes.compareAndSet(open, arm(open, { migrationId, side: 'source', table }));
  return { tenantId: tenant.tenantId, migrationId };
};
const itemOf = (tenantId: TenantId, key: string) => ({ tenantId: { S: tenantId }, entityKey: { S: key } });
const put = (tenantId: TenantId, key: string) =>
  application.send(
    new PutItemCommand({ TableName: table, Item: { ...itemOf(tenantId, key), b: { B: Uint8Array.of(0) } } }),
  );
const journalled = async (migrationId: MigrationId, side: Side = 'source') =>
  (await stack.ports.journal.entries(migrationId, side, 100)).map(({ key }) => key).sort();
const waitFor = (migrationId: MigrationId, ...keys: string[]) =>
  vi.waitFor(async () => expect(await journalled(migrationId)).toEqual(keys), { timeout: 120_000 });

test('every change that an application makes to an item of a captured tenant is journalled', async () => {
  const { tenantId, migrationId } = await armed();
  for (const key of ['put', 'updated', 'deleted']) await put(tenantId, key);
  await waitFor(migrationId, 'deleted', 'put', 'updated');
  await stack.ports.journal.clear(migrationId);
  await application.send(
    new UpdateItemCommand({
      TableName: table,
      Key: itemOf(tenantId, 'updated'),
      UpdateExpression: 'SET n = :n',
      ExpressionAttributeValues: { ':n': { N: '1' } },
    }),
  );
  await application.send(new DeleteItemCommand({ TableName: table, Key: itemOf(tenantId, 'deleted') }));
  const requests = Array.from({ length: 10 }, (_, n) => ({
    PutRequest: { Item: itemOf(tenantId, `batch-${n}`) },
  }));
  await application.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  const batch = Array.from({ length: 10 }, (_, n) => `batch-${n}`);
  await waitFor(migrationId, ...batch, 'deleted', 'updated');
  expect(await journalled(migrationId, 'target')).toEqual([]);
});

test("other tenants' changes in the same stream are not journalled", async () => {
  const [one, other] = [await armed(), await armed()];
  const bystander = newTenantId();
  await put(bystander, 'bystander');
  await put(other.tenantId, 'other');
  await put(one.tenantId, 'one');
  await put(bystander, 'bystander again');
  await put(one.tenantId, 'last');
  await waitFor(one.migrationId, 'last', 'one');
  await waitFor(other.migrationId, 'other');
});

test('changes made while no process polls are delivered once polling continues', async () => {
  const { tenantId, migrationId } = await armed();
  stack.streams.pause();
  await put(tenantId, 'meanwhile');
  await stack.ports.clock.sleep(300);
  expect(await journalled(migrationId)).toEqual([]);
  stack.streams.resume();
  await waitFor(migrationId, 'meanwhile');
});

test('a table that is created later is captured too', async () => {
  const { tenantId, migrationId } = await armed();
  const { tables, settings, routes, partition } = stack.ports;
  const later = `${table}.2` as TableName;
  await tables.create(later, settings.tableDesign);
  await until(`${later} to be ACTIVE`, async () => (await tables.describe(later))?.status === 'ACTIVE');
  await tables.configure(later, settings.tableDesign);
  const route = await routes.get(tenantId);
  if (!route) throw new Error('the tenant has a route');
  await routes.compareAndSet(route, arm(route, { migrationId, side: 'target', table: later }));
  await partition(tenantId).write(later, { puts: [itemOf(tenantId, 'k')], deletes: [] });
  await vi.waitFor(async () => expect(await journalled(migrationId, 'target')).toEqual(['k']), {
    timeout: 120_000,
  });
  expect(await journalled(migrationId)).toEqual([]);
});
