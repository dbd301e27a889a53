import { describe, expect, test } from 'vitest';
import { STATUSES } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs } from '../../../functions/migration/names.ts';
import type { NextAction } from '../../../functions/migration/next-action.ts';
import { type ActionFacts, actionsOf, nextOf } from '../../../functions/migration/operator/actions.ts';
import { EXECUTIONS } from '../../../functions/migration/record/execution.ts';
import { aMigration } from '../../support/records.ts';

const flippedAt = epochMs(Date.UTC(2026, 0, 1));
const FLIPS: readonly Partial<Migration>[] = [{}, { flippedAt }, { flippedAt, reverseFlippedAt: flippedAt }];
const BOOLEANS = [false, true] as const;
const again = { reason: 'tenant cedar is in tier advanced already', next: null };

const choices = <A, B>(as: readonly A[], bs: readonly B[]): readonly (readonly [A, B])[] =>
  as.flatMap((a) => bs.map((b) => [a, b] as const));

/** Migrations with every combination of the fields on which actions depend, also those that no step would write. */
const migrationsIn = (status: Migration['status']): readonly Migration[] =>
  choices(choices(FLIPS, BOOLEANS), choices(BOOLEANS, BOOLEANS)).map(
    ([[flips, dryRun], [paused, cutoverHeld]]) =>
      aMigration({ status, ...flips, dryRun, paused, cutoverHeld }),
  );
const FACTS: readonly ActionFacts[] = choices(
  [...EXECUTIONS, 'starting' as const],
  choices([0, 2], [undefined, again]),
).map(([execution, [stragglers, againRefusal]]) => ({ execution, stragglers, againRefusal }));

describe('no refused action is recommended', () => {
  test.each(STATUSES)('%s', (status) => {
    for (const [migration, facts] of choices(migrationsIn(status), FACTS)) {
      const actions = actionsOf(migration, facts);
      const isRefused = (next: NextAction) =>
        actions.some(({ name, allowed }) => name === next?.action && !allowed);
      const recommended = [nextOf(migration, facts), ...actions.map(({ next }) => next)];
      expect(recommended.filter(isRefused), JSON.stringify({ migration, facts })).toEqual([]);
    }
  });
});

test('a failed migration is recommended for a retry unless the same request would be refused', () => {
  const failed = aMigration({ status: 'failed' });
  const { migrationId, tenantId } = failed;
  expect(nextOf(failed)).toEqual({ action: 'retry', migrationId });
  expect(nextOf(failed, { againRefusal: again })).toBeNull();
  const elsewhere = { action: 'move-elsewhere', tenantId } as const;
  expect(nextOf(failed, { againRefusal: { ...again, next: elsewhere } })).toEqual(elsewhere);
});

test('a refusal names the rollback only while one is possible', () => {
  const facts = { execution: 'running', stragglers: 0, againRefusal: undefined } as const;
  const insteadOfCancel = (migration: Migration, given: ActionFacts = facts) =>
    actionsOf(migration, given).find(({ name }) => name === 'cancel')?.next?.action;
  const holding = aMigration({ status: 'holding', flippedAt });
  expect(insteadOfCancel(holding)).toBe('rollback');
  expect(insteadOfCancel(holding, { ...facts, stragglers: 1 })).toBe('report');
  expect(insteadOfCancel(aMigration({ status: 'cleaningUp', flippedAt }))).toBeUndefined();
});
