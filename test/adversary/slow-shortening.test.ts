import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TenantId } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { TenantRouter } from '../../functions/router/tenant-router.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, untilFlipped } from '../support/tenants.ts';

/** The long lease, in ms; 30 s by default. */
const LEASE_MS = 2_000;
/** Duration of the transaction that shortens the lease, in ms. By default one try of the SDK may take 10 s. */
const SLOW_MS = LEASE_MS + 300;
const KEY = 'STUDENT#000010';

let stack: PlantedStack;
let client: DynamoDBClient;
beforeAll(async () => {
  stack = await startPlantedStack({ leaseMs: LEASE_MS, cutoverLeaseMs: 200 });
  client = new DynamoDBClient(stack.client);
});
afterAll(async () => {
  client?.destroy();
  await stack?.stop();
});

const keyOf = (tenantId: TenantId) => ({ tenantId: { S: tenantId }, entityKey: { S: KEY } });
const routerOf = () => new TenantRouter({ client, maxWriteWaitMs: 30_000 });
const put = (router: TenantRouter, tenantId: TenantId, value: string): Promise<string> =>
  router.write(tenantId, async (TableName, { signal: abortSignal }) => {
    const Item = { ...keyOf(tenantId), value: { S: value } };
    await client.send(new PutItemCommand({ TableName, Item }), { abortSignal });
    return TableName;
  });
const valueSeenBy = (router: TenantRouter, tenantId: TenantId): Promise<string | undefined> =>
  router.read(tenantId, async (TableName) => {
    const request = new GetItemCommand({ TableName, Key: keyOf(tenantId), ConsistentRead: true });
    return (await client.send(request)).Item?.value?.S;
  });

test('F6: after a slow transaction in ShortenLease no acknowledged write reaches the source after the flip', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'slow', items: 50 });
  const router = routerOf();
  stack.alter('ShortenLease', (given) => ({
    ...given,
    migrations: {
      ...given.migrations,
      async transition(...args) {
        await sleep(SLOW_MS);
        // a router reads the route right before the lease is shortened, and gets a long lease
        await router.read(tenantId, async () => undefined);
        stack.alter();
        return given.migrations.transition(...args);
      },
    },
  }));
  const { migrationId } = await requestMigration(ports, {
    ...{ tenantId, toTier: 'advanced', holdMs: 0 },
    ...{ requestedBy: 'test', reason: 'test' },
  });
  await untilFlipped(ports, migrationId);
  const writtenTo = await put(router, tenantId, 'after the flip');
  expect(await valueSeenBy(routerOf(), tenantId)).toBe('after the flip');
  expect(writtenTo).toBe((await ports.routes.get(tenantId))?.table);
  expect((await ended(ports, migrationId)).status).toBe('completed');
});
