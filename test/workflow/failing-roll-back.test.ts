import { afterAll, beforeAll, expect, test } from 'vitest';
import { retryMigration } from '../../functions/migration/triggers/retry-migration.ts';
import { expectMoved } from '../support/expect-moved.ts';
import { failingMigration } from '../support/failing-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { taskStates } from '../support/task-states.ts';
import { controlState, ended, itemsOf } from '../support/tenants.ts';

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack();
});
afterAll(() => stack.stop());

const STATES = taskStates('roll-back');

test.each(STATES.flatMap((state) => [{ state, when: 'before' } as const, { state, when: 'after' } as const]))(
  'a roll-back that fails in $state, $when its work: nothing is lost, and a retry ends it',
  async (plant) => {
    const { ports } = stack;
    // the way forward fails at its last state before the flip, so that there is most to undo
    const forward = { state: 'FlipRoute', when: 'before' } as const;
    const failed = await failingMigration(stack, 'enterprise', forward, plant);
    const { tenantId, source, target, items, before, migration } = failed;
    expect((await ports.routes.get(tenantId))?.table).toBe(source);
    expect(await itemsOf(ports, tenantId, source)).toEqual(items);
    if (migration.status === 'cuttingOver') {
      // the roll-back had not begun: the retry goes forward
      await retryMigration(ports, migration.migrationId, 'test');
      await ended(ports, migration.migrationId);
      return expectMoved(ports, failed);
    }
    if (migration.status === 'rollingBack') {
      await retryMigration(ports, migration.migrationId, 'test');
      expect((await ended(ports, migration.migrationId)).status).toBe('rolledBack');
    }
    expect((await ports.routes.get(tenantId))?.writes).toBe('open');
    expect(await controlState(ports)).toEqual(before);
    expect(await ports.tables.describe(target)).toBeUndefined();
  },
);

test('every state of the roll-back has run', () => {
  expect(STATES.filter((state) => !stack.ran.has(state))).toEqual([]);
});
