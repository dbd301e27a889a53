import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { workflowOf } from '../../functions/migration/plan/estimate.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { OTHER_PERMISSIONS } from '../../infra/step-permissions.ts';
import { machineArn } from '../../scripts/local/arns.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { readMachine, statesOf } from '../house/asl.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

const ONE_POLL = Object.fromEntries(
  ['WaitForSourceCapture', 'WaitForTargetCapture', 'WaitToApply', 'WaitToCatchUp', 'WaitForLongLeases'].map(
    (state) => [state, 500],
  ),
);
let stack: Stack;
let invocations = 0;
beforeAll(async () => {
  stack = await startTestStack({
    settings: { pageItems: 20, holdMs: 0, leaseMs: 50, cutoverLeaseMs: 1 },
    // long enough that a poll finds its state at once, even on a busy machine: each poll counts
    overrides: { waits: { ...SHORT_WAITS, ...ONE_POLL } },
    wrapHandler:
      (state, run) =>
      (...given) => {
        if (!(state in OTHER_PERMISSIONS)) invocations += 1;
        return run(...given);
      },
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());

/** Readings of a segment, from the count to its deletion. */
const PASSES = 10;

/** The states that a segment passes without waiting. */
const statesOfSegments = statesOf(readMachine('tier-migration'))
  .flatMap(({ state }) => (state.ItemProcessor ? statesOf(state.ItemProcessor) : []))
  .filter(({ state }) => state.Type !== 'Wait').length;

/** States that executions have entered; those of a Map's children are not in the history. */
const entered = async (): Promise<number> => {
  const sfn = new SFNClient({
    endpoint: stack.endpoints.stepFunctions,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  let count = 0;
  for (const name of ['tier-migration', 'fence-watchdog', 'rollback']) {
    const listed = await sfn.send(new ListExecutionsCommand({ stateMachineArn: machineArn(name) }));
    for (const { executionArn } of listed.executions ?? []) {
      let nextToken: string | undefined;
      do {
        const page = await sfn.send(new GetExecutionHistoryCommand({ executionArn, nextToken }));
        count += (page.events ?? []).filter((event) => event.stateEnteredEventDetails).length;
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
    }
  }
  sfn.destroy();
  return count;
};

test("the planner's transitions and invocations are within a third of what a migration makes", async () => {
  const { ports } = stack;
  await addTenant(ports, { tenantId: 'counted', items: 190 });
  const request = { tenantId: 'counted', toTier: 'advanced', requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(ports, request);
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'completed' });
  const { segments = 0 } = (await ports.migrations.plan(migrationId)) ?? {};
  expect(segments).toBe(10);
  const predicted = workflowOf({ segments, dropsSourceTable: false, holdMs: 0 });
  const transitions = (await entered()) + segments * statesOfSegments;
  for (const [fact, guess] of [
    [transitions, predicted.transitions],
    [invocations, predicted.invocations],
  ] as const) {
    expect(fact / guess).toBeGreaterThan(2 / 3);
    expect(fact / guess).toBeLessThan(4 / 3);
  }
});

test('the units that a plan predicts are those that the report counts, except for rounding of each page', async () => {
  const { ports } = stack;
  await addTenant(ports, { tenantId: 'predicted', items: 400 });
  const request = { tenantId: 'predicted', toTier: 'advanced', requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(ports, request);
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'completed' });
  const plan = await ports.migrations.plan(migrationId);
  const report = await ports.migrations.report(migrationId);
  if (!plan || !report?.predicted) throw new Error('no plan or no report');
  const { survey, copy, verify, cleanUp } = report.units;
  const sum = (of: 'read' | 'write') => survey[of] + copy[of] + verify[of] + cleanUp[of];
  // each of the ten passes rounds each segment's page up to a whole unit: by one at most, which the plan assumes
  expect(report.predicted.readUnits - sum('read')).toBeGreaterThanOrEqual(0);
  expect(report.predicted.readUnits - sum('read')).toBeLessThanOrEqual(PASSES * plan.segments);
  expect(sum('write')).toBe(report.predicted.writeUnits);
});
