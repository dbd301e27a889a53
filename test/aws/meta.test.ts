import { expect, test } from 'vitest';
import { Meta } from '../../functions/aws/meta.ts';

const failure = Meta.shape.failure;
const reason = { error: 'ForeignWrite', cause: '1 key was changed', at: 7 };

test("a failure's next action is read as data", () => {
  const next = { action: 'report', migrationId: 'mig-1' };
  expect(failure.parse({ ...reason, next })).toEqual({ ...reason, next });
});

test('a next action of another version is left out, and the record stays readable', () => {
  const next = { action: 'paint', colour: 'red' };
  expect(failure.parse({ ...reason, next })?.next).toBeUndefined();
});
