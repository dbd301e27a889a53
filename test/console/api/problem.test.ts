import { expect, test } from 'vitest';
import { ApiProblem, problemOf } from '../../../functions/console/api/http/problem.ts';
import { NotSafe, StragglersFound } from '../../../functions/migration/errors.ts';
import type { EntityKey } from '../../../functions/migration/names.ts';

const next = { action: 'rollback', migrationId: 'mig-1' } as const;

test('a problem has the code, the facts and the next action of the error as data', () => {
  const { body } = problemOf(new NotSafe('it has flipped', { facts: { status: 'holding' }, next }));
  expect(body).toEqual({
    type: 'urn:tierferry:error:NotSafe',
    title: 'Not possible now',
    status: 409,
    code: 'NotSafe',
    detail: 'it has flipped',
    facts: { status: 'holding' },
    next,
  });
});

test('the number of stragglers is a fact, and their first keys are beside it', () => {
  const found = new StragglersFound('two keys', ['a' as EntityKey], { facts: { keys: 2 } });
  expect(problemOf(found).body).toMatchObject({ facts: { keys: 2 }, keys: ['a'], next: null });
});

test('a problem that the API itself finds has no next action', () => {
  expect(problemOf(new ApiProblem(404, 'NotFound', 'there is no such page')).body.next).toBeNull();
});

test('nothing of an unexpected error goes to the caller', () => {
  const { body } = problemOf(new TypeError('secret'));
  expect(body).toMatchObject({ code: 'Unexpected', next: null });
  expect(JSON.stringify(body)).not.toContain('secret');
});
