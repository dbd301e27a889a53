import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Item } from '../../functions/migration/items/items.ts';
import { tableName } from '../../functions/migration/names.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { functionStates } from '../../state-machines/machines.ts';
import { expectMoved } from '../support/expect-moved.ts';
import { failingMigration } from '../support/failing-migration.ts';
import type { Plant } from '../support/failing-step.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, controlState, ended, itemsOf, untilFlipped } from '../support/tenants.ts';
import { type Share, shareOf } from './failing-states.ts';

const STATES = functionStates('rollback');
/** States that run only for a tenant that is rolled back after the flip. */
const REVERSE_STATES = [
  'CatchUpReverse',
  'CompareSegmentReverse',
  'ShortenLeaseReverse',
  'CutOverReverse',
  'CompareTargetSegment',
  'ConcludeComparisonReverse',
  'ReverseRegistry',
];
/** Every second state fails before its work, and the others after it. */
const planted = (states: readonly string[], share: Share): Plant[] => {
  const before = shareOf(states, share);
  return states.map((state) => ({ state, when: before.includes(state) ? 'before' : 'after' }));
};

/** Runs only after another state has failed. */
const RECORDS_FAILURE = 'RecordRollbackFailure';
const UNDOES = STATES.filter((state) => ![...REVERSE_STATES, RECORDS_FAILURE].includes(state));

const expectUndone = async (stack: PlantedStack, plant: Plant): Promise<void> => {
  const { ports } = stack;
  // the forward migration fails at its last state before the flip, so that there is most to undo
  const forward = { state: 'CutOver', when: 'before' } as const;
  const failed = await failingMigration(stack, 'enterprise', forward, plant);
  const { tenantId, source, target, items, before, migration } = failed;
  expect((await ports.routes.get(tenantId))?.table).toBe(source);
  expect(await itemsOf(ports, tenantId, source)).toEqual(items);
  if (migration.status === 'catchingUp') {
    // the rollback had not begun: the retry goes forward
    await retryMigration(ports, migration.migrationId, 'test');
    await ended(ports, migration.migrationId);
    return expectMoved(ports, failed, migration);
  }
  if (migration.status === 'rollingBack') {
    // the innermost cause, from the execution that waited for the rollback's
    const reason = await ports.workflow.stoppedBy(migration.migrationId, migration.attempt);
    expect(reason).toMatchObject({ error: 'Planted' });
    await retryMigration(ports, migration.migrationId, 'test');
    const last = await ended(ports, migration.migrationId);
    expect(last.status).toBe('rolledBack');
    // the retry does not name the running rollback as the cause
    expect(['Planted', 'Interrupted']).toContain(last.failure?.error);
  }
  expect((await ports.routes.get(tenantId))?.writes).toBe('open');
  expect(await controlState(ports)).toEqual(before);
  expect(await ports.tables.describe(target)).toBeUndefined();
};

const expectRolledBack = async (stack: PlantedStack, { state, when }: Plant): Promise<void> => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, {
    tenantId: `back-${state.toLowerCase()}-${when}`,
    items: 50,
  });
  const target = tableName('saas-tenant-data-advanced');
  const before = await controlState(ports);
  const request = { tenantId, toTier: 'advanced', holdMs: 60_000, requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(ports, request);
  await untilFlipped(ports, migrationId);
  const since: Item = { tenantId: { S: tenantId }, entityKey: { S: 'SINCE#flip' } };
  await ports.partition(tenantId).write(target, { puts: [since], deletes: [] });
  stack.plant({ state, when });
  await rollbackMigration(ports, migrationId, { by: 'test', reason: 'test' });
  const { status, attempt, failure } = await ended(ports, migrationId);
  expect(status).toBe('rollingBack');
  expect(failure).toMatchObject({ error: 'Planted', cause: `${when} ${state}` });
  expect(await ports.workflow.stoppedBy(migrationId, attempt)).toEqual({
    error: 'Planted',
    cause: `${when} ${state}`,
  });
  stack.plant();
  await retryMigration(ports, migrationId, 'test');
  expect((await ended(ports, migrationId)).status).toBe('rolledBack');
  const found = await itemsOf(ports, tenantId, table);
  expect(found).toHaveLength(items.length + 1);
  expect(found).toEqual(expect.arrayContaining([since, ...items]));
  expect(await itemsOf(ports, tenantId, target)).toEqual([]);
  expect(await controlState(ports)).toEqual(before);
};

/**
 * Makes each state of the rollback fail in turn: nothing is lost, and a retry ends it. @returns The stack, once it has
 * started.
 */
export const testFailingRollback = (share: Share): (() => PlantedStack) => {
  let stack: PlantedStack;
  beforeAll(async () => {
    stack = await startPlantedStack();
  });
  afterAll(() => stack.stop());

  test.each(planted(UNDOES, share))(
    'a rollback that fails in $state, $when its work: nothing is lost, and a retry ends it',
    (plant) => expectUndone(stack, plant),
  );
  test.each(planted(REVERSE_STATES, share))(
    'a rollback after the flip that fails in $state, $when its work: a retry ends it, with the writes made since',
    (plant) => expectRolledBack(stack, plant),
  );

  test('every state of the rollback has run', () => {
    expect(STATES.filter((state) => !stack.ran.has(state))).toEqual([]);
  });
  return () => stack;
};
