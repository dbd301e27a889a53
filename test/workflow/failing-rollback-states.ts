import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Item } from '../../functions/migration/items.ts';
import { tableName } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/triggers/request-migration.ts';
import { retryMigration } from '../../functions/migration/triggers/retry-migration.ts';
import { rollbackMigration } from '../../functions/migration/triggers/rollback-migration.ts';
import { functionStates } from '../../state-machines/machines.ts';
import { expectMoved } from '../support/expect-moved.ts';
import { failingMigration } from '../support/failing-migration.ts';
import type { Plant } from '../support/failing-step.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, controlState, ended, itemsOf, untilFlipped } from '../support/tenants.ts';
import { type Share, shareOf } from './failing-states.ts';

const STATES = functionStates('rollback');
/** Only a tenant that is taken back after the flip comes through these. */
const BACK = [
  'CatchUpBack',
  'CompareSegmentBack',
  'ShortenLeaseBack',
  'CutBack',
  'CompareTargetLeft',
  'ConcludeComparisonBack',
  'RevertRegistry',
];
/** Of two states one fails before its work and the other after it. */
const planted = (states: readonly string[], share: Share): Plant[] => {
  const before = shareOf(states, share);
  return states.map((state) => ({ state, when: before.includes(state) ? 'before' : 'after' }));
};

/** Runs only after another state has failed. */
const RECORDS_FAILURE = 'RecordRollbackFailure';
const UNDOES = STATES.filter((state) => ![...BACK, RECORDS_FAILURE].includes(state));

const expectUndone = async (stack: PlantedStack, plant: Plant): Promise<void> => {
  const { ports } = stack;
  // the way forward fails at its last state before the flip, so that there is most to undo
  const forward = { state: 'CutOver', when: 'before' } as const;
  const failed = await failingMigration(stack, 'enterprise', forward, plant);
  const { tenantId, source, target, items, before, migration } = failed;
  expect((await ports.routes.get(tenantId))?.table).toBe(source);
  expect(await itemsOf(ports, tenantId, source)).toEqual(items);
  if (migration.status === 'catchingUp') {
    // the roll-back had not begun: the retry goes forward
    await retryMigration(ports, migration.migrationId, 'test');
    await ended(ports, migration.migrationId);
    return expectMoved(ports, failed, migration);
  }
  if (migration.status === 'rollingBack') {
    // the innermost reason, out of the execution that waited for the roll-back's
    const why = await ports.workflow.stoppedBy(migration.migrationId, migration.attempt);
    expect(why).toMatchObject({ error: 'Planted' });
    await retryMigration(ports, migration.migrationId, 'test');
    const last = await ended(ports, migration.migrationId);
    expect(last.status).toBe('rolledBack');
    // the retry has not taken for the cause that it found a roll-back under way
    expect(['Planted', 'Interrupted']).toContain(last.failure?.error);
  }
  expect((await ports.routes.get(tenantId))?.writes).toBe('open');
  expect(await controlState(ports)).toEqual(before);
  expect(await ports.tables.describe(target)).toBeUndefined();
};

const expectTakenBack = async (stack: PlantedStack, { state, when }: Plant): Promise<void> => {
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
  await rollbackMigration(ports, migrationId, { by: 'test', why: 'test' });
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

/** Each state of the rollback fails in turn: nothing is lost, and a retry ends it. @returns The stack, once it has started. */
export const testFailingRollback = (share: Share): (() => PlantedStack) => {
  let stack: PlantedStack;
  beforeAll(async () => {
    stack = await startPlantedStack();
  });
  afterAll(() => stack.stop());

  test.each(planted(UNDOES, share))(
    'a roll-back that fails in $state, $when its work: nothing is lost, and a retry ends it',
    (plant) => expectUndone(stack, plant),
  );
  test.each(planted(BACK, share))(
    'a rollback after the flip that fails in $state, $when its work: a retry ends it, with what was written since',
    (plant) => expectTakenBack(stack, plant),
  );

  test('every state of the roll-back has run', () => {
    expect(STATES.filter((state) => !stack.ran.has(state))).toEqual([]);
  });
  return () => stack;
};
