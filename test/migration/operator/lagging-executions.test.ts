import { expect, test } from 'vitest';
import type { Migration } from '../../../functions/migration/migration.ts';
import { cancelMigration } from '../../../functions/migration/operator/cancel-migration.ts';
import { retryMigration } from '../../../functions/migration/operator/retry-migration.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration } from '../../support/records.ts';

const said = { by: 'ops', reason: 'to see' };

/** A migration whose execution is read in an outdated state. */
const given = async (change: Partial<Migration> = {}) => {
  const ports = fakePorts();
  const migration = aMigration({ status: 'copying', ...change });
  await ports.migrations.create(migration);
  const { migrationId, attempt } = migration;
  const now = async () => ports.migrations.get(migrationId);
  const running = () =>
    [ports.workflow.migrations, ports.workflow.rollbacks].flatMap((all, n) =>
      [...all]
        .filter(([, state]) => state === 'running')
        .map(([name]) => `${['migration', 'rollback'][n]} ${name}`),
    );
  return { ports, migrationId, attempt, now, running };
};

test('an execution that was changed a moment ago does not count as dead: it meets the cancellation', async () => {
  const { ports, migrationId, running, now } = await given();
  ports.workflow.lag();
  await ports.workflow.start(migrationId, 1);
  await cancelMigration(ports, migrationId, said);
  expect(await now()).toMatchObject({ attempt: 1, cancellation: said });
  expect(running()).toEqual([`migration ${migrationId}-1`]);
});

test('an execution that has just died does not count as running: a cancellation rolls back in its own execution', async () => {
  const { ports, migrationId, running, now } = await given();
  await ports.workflow.start(migrationId, 1);
  ports.workflow.lag();
  ports.workflow.endAll();
  await cancelMigration(ports, migrationId, said);
  expect(await now()).toMatchObject({ attempt: 2, cancellation: said });
  expect(running()).toEqual([`rollback ${migrationId}-2`]);
});

test('a second cancellation starts nothing next to a rollback that is not visible yet', async () => {
  const { ports, migrationId, running } = await given();
  await ports.workflow.start(migrationId, 1);
  ports.workflow.endAll();
  ports.workflow.lag();
  await cancelMigration(ports, migrationId, said);
  await cancelMigration(ports, migrationId, said);
  expect(running()).toEqual([`rollback ${migrationId}-2`]);
  ports.workflow.catchUp();
  await cancelMigration(ports, migrationId, said);
  expect(running()).toEqual([`rollback ${migrationId}-2`]);
});

test('a second retry before the first one is visible is the same retry', async () => {
  const { ports, migrationId, running, now } = await given();
  await ports.workflow.start(migrationId, 1);
  ports.workflow.endAll();
  ports.workflow.lag();
  await retryMigration(ports, migrationId, 'ops');
  expect(await retryMigration(ports, migrationId, 'ops')).toMatchObject({ attempt: 2 });
  expect(await now()).toMatchObject({ attempt: 2 });
  expect(running()).toEqual([`migration ${migrationId}-2`]);
});

test('a retry starts an attempt whose start a crash has prevented, with its own number', async () => {
  const { ports, migrationId, running } = await given();
  expect(await retryMigration(ports, migrationId, 'ops')).toMatchObject({ attempt: 1 });
  expect(running()).toEqual([`migration ${migrationId}-1`]);
});

test('a retry of a rollback that is not visible yet is refused until reads have caught up', async () => {
  const { ports, migrationId, running } = await given({ status: 'rollingBack' });
  ports.workflow.lag();
  await ports.workflow.startRollback(migrationId, 1);
  await expect(retryMigration(ports, migrationId, 'ops')).rejects.toThrow('was changed a moment ago');
  ports.workflow.catchUp();
  await expect(retryMigration(ports, migrationId, 'ops')).rejects.toThrow('still running');
  ports.workflow.endAll();
  await retryMigration(ports, migrationId, 'ops');
  expect(running()).toEqual([`migration ${migrationId}-2`]);
});
