import { expect, test } from 'vitest';
import * as z from 'zod';
import { forwardStep, rollbackStep, StepInput } from '../../functions/aws/step.ts';
import * as errors from '../../functions/migration/errors.ts';
import {
  ForeignWrite,
  NotSafe,
  SegmentClaimed,
  StaleAttempt,
  Throttled,
  VerificationMismatch,
} from '../../functions/migration/errors.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { decideRollback } from '../../functions/migration/rollback/decide-rollback.ts';
import { recordFailure } from '../../functions/migration/rollback/record-failure.ts';
import { recordRollbackFailure } from '../../functions/migration/rollback/record-rollback-failure.ts';
import { RETRIED } from '../../functions/migration/step-failure.ts';
import { MACHINES } from '../../state-machines/machines.ts';
import { readMachine, statesOf } from '../house/asl.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { heldMigration } from '../support/held-migration.ts';
import { aMigration } from '../support/records.ts';

const context = { getRemainingTimeInMillis: () => 60_000, awsRequestId: 'test' };
/** The error that the state after a failed Map gets on AWS. */
const mapFailed = {
  Error: 'States.ExceedToleratedFailureThreshold',
  Cause: 'The specified tolerated failure threshold was exceeded',
};

const given = async (change: Partial<Migration> = {}) => {
  const ports = fakePorts();
  const migration = aMigration({ status: 'copying', ...change });
  await ports.migrations.create(migration);
  return { ports, migration };
};
const fails = async (
  ports: FakePorts,
  { migrationId }: Migration,
  error: unknown,
  { attempt = 1, make = forwardStep } = {},
): Promise<void> => {
  const handler = make(StepInput, (): Promise<void> => Promise.reject(error));
  await expect(handler.run(ports, { migrationId, attempt }, context)).rejects.toBe(error);
};
const now = async (ports: FakePorts, { migrationId }: Migration) => {
  const found = await ports.migrations.get(migrationId);
  if (!found) throw new Error('gone');
  return found;
};

test('a failed Map is reported with the error of the item that first failed for good', async () => {
  const { ports, migration } = await given();
  await fails(ports, migration, new Throttled('too many requests'));
  await fails(ports, migration, new ForeignWrite('1 key was changed'));
  await fails(ports, migration, new VerificationMismatch('a later one'));
  await fails(ports, migration, new StaleAttempt('a left-over item'));
  await decideRollback(ports, await now(ports, migration));
  const own = { error: 'ForeignWrite', cause: '1 key was changed' };
  expect(await recordFailure(ports, await now(ports, migration), mapFailed)).toEqual(own);
  expect(await now(ports, migration)).toMatchObject({ failure: own });
  const { migrationId } = migration;
  expect((await ports.migrations.events(migrationId)).at(-1)).toMatchObject({
    reason: 'a step failed: ForeignWrite: 1 key was changed',
    failure: { error: 'ForeignWrite', next: { action: 'report', migrationId } },
  });
  expect((await ports.migrations.report(migration.migrationId))?.notes).toEqual([
    'failed: ForeignWrite: 1 key was changed',
  ]);
});

test("the event of a cancelled migration has no failure, and leaves the operator's reason to the request", async () => {
  const { ports, migration } = await given();
  await fails(ports, migration, new ForeignWrite('1 key was changed'));
  const cancellation = { by: 'ana', reason: 'wrong district' };
  await ports.migrations.update(await now(ports, migration), { cancellation });
  await decideRollback(ports, await now(ports, migration));
  const event = (await ports.migrations.events(migration.migrationId)).at(-1);
  expect(event?.reason).toBe('cancelled by ana');
  expect(event?.failure).toBeUndefined();
});

test('a retried error is reported if nothing else failed, and the latest of them', async () => {
  const { ports, migration } = await given();
  await fails(ports, migration, new SegmentClaimed('segment 3'));
  await fails(ports, migration, new Throttled('too many requests'));
  expect(await recordFailure(ports, await now(ports, migration), mapFailed)).toEqual({
    error: 'Throttled',
    cause: 'too many requests',
  });
});

test('an error that comes from no Map is reported as it was caught, whatever was noted before', async () => {
  const { ports, migration } = await given();
  await fails(ports, migration, new Throttled('too many requests'));
  const caught = { Error: 'States.Timeout', Cause: 'the step took too long' };
  expect(await recordFailure(ports, await now(ports, migration), caught)).toEqual({
    error: 'States.Timeout',
    cause: 'the step took too long',
  });
});

test('an error of an earlier attempt, or of a left-over worker, is not that of this attempt', async () => {
  const { ports, migration } = await given();
  await fails(ports, migration, new ForeignWrite('first attempt'));
  await ports.migrations.update(await now(ports, migration), { attempt: 2 });
  await fails(ports, migration, new StaleAttempt('attempt 1 is over'), { attempt: 2 });
  expect(await recordFailure(ports, await now(ports, migration), mapFailed)).toMatchObject({
    error: mapFailed.Error,
  });
  await fails(ports, migration, new ForeignWrite('second attempt'), { attempt: 2 });
  expect(await recordFailure(ports, await now(ports, migration), mapFailed)).toMatchObject({
    cause: 'second attempt',
  });
});

test('a cancellation that an item of a Map obeys is the reason', async () => {
  const { ports, migration } = await given({ cancellation: { by: 'ana', reason: 'wrong district' } });
  const { migrationId } = migration;
  const handler = forwardStep(StepInput, async () => ({}));
  await expect(handler.run(ports, { migrationId, attempt: 1 }, context)).rejects.toThrow('cancelled by ana');
  expect(await recordFailure(ports, await now(ports, migration), mapFailed)).toMatchObject({
    error: 'MigrationCancelled',
  });
});

test('a rollback that a Map’s item stops with keys for an operator returns to the hold', async () => {
  const { ports, migration, now: held } = await heldMigration({}, { status: 'rollingBack' });
  await fails(ports, migration, new VerificationMismatch('2 keys differ'), { make: rollbackStep });
  await recordRollbackFailure(ports, await held(), mapFailed);
  expect(await held()).toMatchObject({
    status: 'holding',
    failure: { error: 'VerificationMismatch', cause: '2 keys differ' },
  });
});

test('a note that cannot be written does not replace the error of the step', async () => {
  const { ports, migration } = await given();
  ports.migrations.noteStepFailure = () => Promise.reject(new Throttled('busy'));
  await fails(ports, migration, new ForeignWrite('1 key was changed'));
});

test('the errors that the state machines retry are the ones that a later failure replaces', () => {
  const retried = MACHINES.flatMap((name) => statesOf(readMachine(name)))
    .flatMap(({ state }) => state.Retry ?? [])
    .flatMap(({ ErrorEquals }) => ErrorEquals)
    .filter((name) => !name.includes('.'));
  expect(retried.filter((name) => !RETRIED.has(name))).toEqual([]);
  const known = z.record(z.string(), z.unknown()).parse({ ...errors });
  expect([...RETRIED].filter((name) => !retried.includes(name) && name in known)).toEqual([]);
});

test('the next action of a failed step is recorded, although a Lambda passes on name and message alone', async () => {
  const { ports, migration } = await given();
  const { migrationId } = migration;
  const next = { action: 'doctor' } as const;
  await fails(ports, migration, new NotSafe('the route is elsewhere', { next }));
  const caught = { Error: 'NotSafe', Cause: JSON.stringify({ errorMessage: 'the route is elsewhere' }) };
  await recordFailure(ports, await now(ports, migration), caught);
  expect(await now(ports, migration)).toMatchObject({ failure: { error: 'NotSafe', next } });

  // another error than the one that was noted: the next action of its code
  const late = { Error: 'VerificationMismatch', Cause: JSON.stringify({ errorMessage: '2 keys differ' }) };
  await recordFailure(ports, await now(ports, migration), late);
  expect(await now(ports, migration)).toMatchObject({
    failure: { cause: '2 keys differ', next: { action: 'report', migrationId } },
  });

  // an error that is not the core's names no next action
  await recordFailure(ports, await now(ports, migration), { Error: 'States.Timeout', Cause: '' });
  expect((await now(ports, migration)).failure).not.toHaveProperty('next');
});
