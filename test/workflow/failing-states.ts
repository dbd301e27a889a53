import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFlipped } from '../../functions/migration/life-cycle.ts';
import type { TableName } from '../../functions/migration/names.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { functionStates } from '../../state-machines/machines.ts';
import { expectMoved } from '../support/expect-moved.ts';
import { failingMigration } from '../support/failing-migration.ts';
import { noteGap } from '../support/note-gap.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { controlState, ended, itemsOf } from '../support/tenants.ts';

/** The first runs only for a tenant that leaves its own table; the second runs after another has failed. */
const ELSEWHERE = ['DropSourceTable', 'RecordFailure'];
const STATES = functionStates('tier-migration').filter((state) => !ELSEWHERE.includes(state));
/**
 * Every second state, from the first or from the second: `npm test` fails each state once, the project `slow` the other
 * time.
 */
export type Share = 'from the first' | 'from the second';
export const shareOf = <T>(all: readonly T[], share: Share): T[] =>
  all.filter((_, n) => (n % 2 === 0) === (share === 'from the first'));

/** States tested on one stack: every migration to enterprise leaves a stream that the stack then reads, too. */
const STATES_PER_STACK = 5;
const perStack = (states: readonly string[]) =>
  Array.from({ length: Math.ceil(states.length / STATES_PER_STACK) }, (_, n) => ({
    states: states.slice(n * STATES_PER_STACK, (n + 1) * STATES_PER_STACK),
  }));

/**
 * Makes each Task state fail in turn: everything is as before, or the tenant lives on the target, and a retry completes
 * it.
 */
export const testFailingStates = (
  when: 'before' | 'after',
  toTier: 'enterprise' | 'advanced',
  share: Share,
): void =>
  describe.each(perStack(shareOf(STATES, share)))(`a state that fails ${when} its work`, ({ states }) => {
    let stack: PlantedStack;
    beforeAll(async () => {
      stack = await startPlantedStack();
    });
    afterAll(() => stack.stop());

    test.each(states)(
      '%s: everything is as before, or the tenant lives on the target, and a retry completes it',
      async (state) => {
        const { ports } = stack;
        if (state === 'CompareSegmentAgain') stack.before('CatchUp', () => noteGap(ports));
        const failed = await failingMigration(stack, toTier, { state, when });
        const { tenantId, source, target, items, before, migration } = failed;
        const route = await ports.routes.get(tenantId);
        expect(route?.writes).toBe('open');
        expect(await itemsOf(ports, tenantId, route?.table as TableName)).toEqual(items);
        // a Map that fails has an error of its own, which does not help operators
        if (migration.status !== 'completed') {
          expect(migration.failure).toMatchObject({ error: 'Planted', cause: `${when} ${state}` });
        }
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

    test('each of them has run', () => {
      expect(states.filter((state) => !stack.ran.has(state))).toEqual([]);
    });
  });
