import { expect, test } from 'vitest';
import { ApiError, wordsOf } from '../../../functions/console/page/api/problem.ts';
import type { Problem } from '../../../functions/console/page/api/schema.ts';

const nextStepOf = (change: Partial<Problem>): string | undefined =>
  wordsOf(
    new ApiError({
      ...{ type: 'x', title: 'Not possible now', status: 409, code: 'NotSafe' },
      detail: 'it is queued',
      next: null,
      ...change,
    }),
  ).nextStep;

test('the page words the next action of a problem in its own terms, without a command', () => {
  expect(nextStepOf({ next: { action: 'show-queue' } })).toBe('Open the queue.');
  expect(nextStepOf({ next: { action: 'rollback', migrationId: 'mig-1' } })).toBe('Roll the migration back.');
});

test('work by hand is shown as it is described', () => {
  expect(nextStepOf({ next: { action: 'by-hand', todo: 'Restore the table.' } })).toBe('Restore the table.');
});

test('a problem without a next action has no next step, unless the page knows one for its code', () => {
  expect(nextStepOf({})).toBeUndefined();
  expect(nextStepOf({ code: 'PlanExpired' })).toMatch(/Plan again/);
});
