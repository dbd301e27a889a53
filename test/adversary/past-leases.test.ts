import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type TableName, tableName } from '../../functions/migration/names.ts';
import { releaseCutover } from '../../functions/migration/operator/hold-cutover.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';
import { until } from '../support/until.ts';

/** A process that writes the tenant without the router, even under the fence. */

const KEY = 'STUDENT#past-the-leases';
const TARGET = tableName('saas-tenant-data-advanced');
/** Length of a fence, in ms. Two cutovers give up under it, each after 0.8 of this time. */
const FENCE_MS = 4_000;

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack({ leaseMs: 50, leaseGraceMs: 20 });
});
afterEach(() => stack.alter());
afterAll(() => stack?.stop());

test('writes after the leases have ended prevent the flip twice, then hold the cutover with the reason; nothing is lost', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'past-leases', items: 60 });
  let written = 0;
  let lastWrite = Promise.resolve();
  const write = async () => {
    const n = { N: String(written + 1) };
    const item = { tenantId: { S: tenantId }, entityKey: { S: KEY }, n };
    await ports.partition(tenantId).write(table, { puts: [item], deletes: [] });
    written += 1;
  };
  const lastIn = async (where: TableName) =>
    (await itemsOf(ports, tenantId, where)).find(({ entityKey }) => entityKey?.S === KEY)?.n;
  stack.alter('CutOver', (given: Ports) => ({
    ...given,
    settings: { ...given.settings, maxFenceMs: FENCE_MS },
    journal: {
      ...given.journal,
      async entries(...asked) {
        if ((await given.routes.get(tenantId))?.writes === 'fenced') {
          // both sides are read at once; of two concurrent writes, either may be the last
          lastWrite = lastWrite.then(write);
          await lastWrite;
        }
        return given.journal.entries(...asked);
      },
    },
  }));
  const { migrationId } = await requestMigration(ports, {
    ...{ tenantId, toTier: 'advanced', holdMs: 0, requestedBy: 'test', reason: 'test' },
  });
  const held = await until('the cutover to be held', async () => {
    const migration = await ports.migrations.get(migrationId);
    return migration?.cutoverHeld ? migration : undefined;
  });
  expect(held).toMatchObject({
    status: 'catchingUp',
    cutovers: 2,
    cutoversPastLeases: 2,
    cutoverFailure: { error: 'CutoverOverBudget', keysPastLeases: 1 },
  });
  const { stdout } = await runInProcess(ports, ['status', migrationId]);
  expect(stdout).toMatch(/2 cutovers did not flip; the last gave up: CutoverOverBudget; writes are open/);
  expect(stdout).toMatch(/A process writes without the router: 1 key written/);
  await until('the keys to be in the report', async () =>
    (await runInProcess(ports, ['report', migrationId])).stdout.includes(`\n    ${KEY}\n`),
  );
  stack.alter();
  await lastWrite;
  expect(await lastIn(table)).toEqual({ N: String(written) });
  await releaseCutover(ports, migrationId, { by: 'ops', reason: 'the process is stopped' });
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'completed', cutovers: 3 });
  expect(await lastIn(TARGET)).toEqual({ N: String(written) });
  const report = await ports.migrations.report(migrationId);
  expect(report).toMatchObject({ cutovers: 3, pastLeases: { keys: [KEY], total: 1 } });
  const { fencedMs, fenceMs = 0 } = report?.durations ?? { fencedMs: 0 };
  expect(fencedMs).toBeGreaterThan(fenceMs);
});
