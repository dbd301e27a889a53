import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routedClient, TenantRouter } from '../../functions/router/router.ts';
import { startMove, startStack, type TestStack, whileTenantMoves } from '../../scripts/testing/testing.ts';
import { testDatabase } from '../support/test-database.ts';
import { writeInLease } from '../support/write-in-lease.ts';

let stack: TestStack;
let documents: DynamoDBDocumentClient;
beforeAll(async () => {
  stack = await startStack(testDatabase());
  const client = new DynamoDBClient(stack.client);
  const router = new TenantRouter({ client, routesTable: stack.routesTable });
  documents = routedClient(DynamoDBDocumentClient.from(client), { table: 'school-data', router });
});
afterAll(async () => {
  documents?.destroy();
  await stack?.stop();
});

const added = async (tenantId: string) => {
  await stack.admin.registerTenant({ tenantId, name: tenantId, tier: 'basic', by: 'test' });
  return tenantId;
};
const schoolOf = (tenantId: string) => ({ tenantId, entityKey: 'SCHOOL#1' });
const save = async (tenantId: string, name: string): Promise<void> => {
  const command = new PutCommand({ TableName: 'school-data', Item: { ...schoolOf(tenantId), name } });
  await writeInLease(() => documents.send(command));
};
const nameOf = async (tenantId: string) => {
  const command = new GetCommand({ TableName: 'school-data', Key: schoolOf(tenantId), ConsistentRead: true });
  return (await documents.send(command)).Item?.name;
};
const tierOf = async (tenantId: string) => (await stack.admin.findTenant(tenantId)).tier;

test('a tenant moves in the middle of a test, and back', async () => {
  const tenantId = await added('north');
  await save(tenantId, 'before');
  let n = 0;
  const request = { tenantId, toTier: 'advanced', rollsBack: true };
  const { runs, migration } = await whileTenantMoves(stack, request, async () => {
    n += 1;
    await save(tenantId, `name ${n}`);
    expect(await nameOf(tenantId)).toBe(`name ${n}`);
  });
  expect(runs).toBe(n);
  expect(runs).toBeGreaterThan(2);
  expect(migration.status).toBe('rolledBack');
  expect(await tierOf(tenantId)).toBe('basic');
});

test('a move is followed step by step', async () => {
  const tenantId = await added('south');
  await save(tenantId, 'before');
  const move = await startMove(stack, { tenantId, toTier: 'advanced' });
  await move.flipped();
  expect(await nameOf(tenantId)).toBe('before');
  expect(await move.completed()).toMatchObject({ migrationId: move.migrationId, status: 'completed' });
  expect(await tierOf(tenantId)).toBe('advanced');
  await expect(move.rollBack()).rejects.toThrow(/is completed/);
});

test('an error of the test ends it at once', async () => {
  const tenantId = await added('west');
  const move = whileTenantMoves(stack, { tenantId, toTier: 'advanced' }, async () => {
    throw new RangeError('the application failed');
  });
  await expect(move).rejects.toThrow(RangeError);
});

test('a tenant with items is removed from the stack, after which it has no route', async () => {
  const tenantId = await added('east');
  await save(tenantId, 'last');
  const removed = await stack.admin.removeTenant({ tenantId, deletesItems: true, by: 'test' });
  expect(removed).toMatchObject({ itemsDeleted: 1 });
  await expect(stack.admin.findTenant(tenantId)).rejects.toThrow('there is no tenant');
});
