import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Migration } from '../../functions/migration/migration.ts';
import type { TenantId } from '../../functions/migration/names.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { controlTables } from '../../functions/migration/settings/settings.ts';
import { functionStates } from '../../state-machines/machines.ts';
import { readMachine } from '../house/asl.ts';
import { deadAfterFence } from '../support/dead-after-fence.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';
import { until } from '../support/until.ts';

/** An outage that begins under a fence and outlasts every retry: writes are reopened soon after its end (I5). */

const WATCHDOG = 'WatchFence';
const DISPATCHER = 'AdmitQueued';
const WORKFLOW = [...functionStates('tier-migration'), ...functionStates('rollback')];
/** Number of the watchdog's tries before it waits. */
const TRIES = 1 + (readMachine('fence-watchdog').States[WATCHDOG]?.Retry?.[0]?.MaxAttempts ?? 0);

let stack: PlantedStack;
beforeAll(async () => {
  // the state machines' number of tries, with a shorter time between them
  const retries = Object.fromEntries([...WORKFLOW, WATCHDOG].map((state) => [state, 5]));
  stack = await startPlantedStack(
    { maxFenceMs: 1_000 },
    { overrides: { retries, waits: { WaitForDeadline: 100 } } },
  );
});
afterEach(() => {
  stack.alter();
  stack.plant();
});
afterAll(() => stack?.stop());

const fail = (...states: readonly string[]): void =>
  stack.plant(...states.map((state) => ({ state, when: 'before' as const })));
const callsOf = (state: string): number => stack.given.get(state)?.length ?? 0;
const untilOpen = (tenantId: TenantId) =>
  until('writes to be open', async () => (await stack.ports.routes.get(tenantId))?.writes === 'open');

/** Makes every call fail after the fence, until both executions and the watchdog's tries have ended. */
const outageUnderFence = async (tenantId: TenantId): Promise<Migration> => {
  const { ports } = stack;
  stack.before('CutOver', async () => fail(...WORKFLOW, WATCHDOG, DISPATCHER));
  stack.alter('CutOver', deadAfterFence);
  const asked = await requestMigration(ports, {
    ...{ tenantId, toTier: 'advanced' },
    ...{ requestedBy: 'test', reason: 'test' },
  });
  const failed = await ended(ports, asked.migrationId);
  const calls = callsOf(WATCHDOG);
  await until('the watchdog to use up its retries', () => callsOf(WATCHDOG) > calls + TRIES);
  expect(failed.status).toBe('cuttingOver');
  const { migrationId } = failed;
  expect(await ports.routes.get(tenantId)).toMatchObject({ writes: 'fenced', fence: { migrationId } });
  return failed;
};

test('F9: the watchdog outlasts an outage that exceeds all its retries, and reopens writes', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'outage', items: 50 });
  const { migrationId } = await outageUnderFence(tenantId);
  stack.alter();
  fail(DISPATCHER);
  await untilOpen(tenantId);
  stack.plant();
  await retryMigration(ports, migrationId, 'test');
  await ended(ports, migrationId);
  expect(await ports.routes.get(tenantId)).toMatchObject({ writes: 'open' });
  const live = (await ports.routes.get(tenantId))?.table ?? table;
  expect(await itemsOf(ports, tenantId, live)).toEqual(items);
});

test('F9: without a watchdog the dispatcher reopens writes, despite a record that cannot be read', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'unwatched', items: 50 });
  const client = new DynamoDBClient(stack.client);
  const damaged = { migrationId: { S: 'mig-zzz' }, part: { S: 'META' }, status: { S: 'cuttingOver' } };
  await client.send(
    new PutItemCommand({
      TableName: controlTables(ports.settings).migrations,
      Item: { ...damaged, requestedAt: { N: '1' }, tenantId: { S: 'other' } },
    }),
  );
  client.destroy();
  const { migrationId, attempt } = await outageUnderFence(tenantId);
  stack.alter();
  fail(WATCHDOG);
  await untilOpen(tenantId);
  expect(await ports.workflow.isRunning(migrationId, attempt)).toBe(false);
});
