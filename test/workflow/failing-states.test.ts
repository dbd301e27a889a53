import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFlipped } from '../../functions/migration/life-cycle.ts';
import type { TableName } from '../../functions/migration/names.ts';
import { retryMigration } from '../../functions/migration/triggers/retry-migration.ts';
import { expectMoved } from '../support/expect-moved.ts';
import { failingMigration } from '../support/failing-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { taskStates } from '../support/task-states.ts';
import { controlState, ended, itemsOf } from '../support/tenants.ts';

/** Only a tenant that leaves a table of its own comes through the first; the second runs after another has failed. */
const ELSEWHERE = ['DropSourceTable', 'RecordFailure'];
const STATES = taskStates('tier-migration').filter((state) => !ELSEWHERE.includes(state));

describe.each([
  { when: 'before', toTier: 'enterprise' },
  { when: 'after', toTier: 'advanced' },
] as const)('a state that fails $when its work, to $toTier', ({ when, toTier }) => {
  // an engine each: DynamoDB Local becomes slow with the records of many streamed tables
  let stack: PlantedStack;
  beforeAll(async () => {
    stack = await startPlantedStack();
  });
  afterAll(() => stack.stop());

  test.each(STATES)(
    '%s: everything is as before, or the tenant lives on the target, and a retry completes it',
    async (state) => {
      const { ports } = stack;
      const failed = await failingMigration(stack, toTier, { state, when });
      const { tenantId, source, target, items, before, migration } = failed;
      const route = await ports.routes.get(tenantId);
      expect(route?.writes).toBe('open');
      expect(await itemsOf(ports, tenantId, route?.table as TableName)).toEqual(items);
      if (migration.status !== 'completed') expect(migration.failure?.error).toBe('Planted');
      if (!isFlipped(migration.status)) {
        expect(['rolledBack', 'failed']).toContain(migration.status);
        expect(route?.table).toBe(source);
        expect(await controlState(ports)).toEqual(before);
        expect(await itemsOf(ports, tenantId, target)).toEqual([]);
        if (toTier === 'enterprise') expect(await ports.tables.describe(target)).toBeUndefined();
      }
      const isOver = migration.status === 'completed';
      const last = isOver ? migration : await retryMigration(ports, migration.migrationId, 'test');
      await ended(ports, last.migrationId);
      await expectMoved(ports, failed, last);
    },
  );

  test('every one of these states has run', () => {
    expect(STATES.filter((state) => !stack.ran.has(state))).toEqual([]);
  });
});
