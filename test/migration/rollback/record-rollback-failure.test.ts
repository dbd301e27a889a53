import { expect, test } from 'vitest';
import { NotSafe } from '../../../functions/migration/errors.ts';
import { abandonRollback } from '../../../functions/migration/operator/abandon-rollback.ts';
import { recordRollbackFailure } from '../../../functions/migration/rollback/record-rollback-failure.ts';
import { type HeldMigration, heldMigration } from '../../support/held-migration.ts';
import { aRoute } from '../../support/records.ts';

const said = { by: 'ops', reason: 'no longer needed' };
const given = () =>
  heldMigration({}, { status: 'rollingBack', attempt: 2, cancellation: { by: 'ops', reason: 'slow' } });
const liveOnSource = ({ ports, migration, source }: HeldMigration): void => {
  const { tenantId } = migration;
  ports.routes.records.set(tenantId, aRoute({ tenantId, table: source }));
};
const foreignWrite = { Error: 'ForeignWrite', Cause: '1 key' };

test('F11: a rollback that stops at keys returns to the hold, with writes open and the long lease', async () => {
  const { ports, migration, target, now } = await given();
  const { migrationId, tenantId } = migration;
  const fence = { migrationId, deadline: ports.clock.now() };
  const fenced = aRoute({ tenantId, table: target, writes: 'fenced', leaseMs: 1_000, fence });
  ports.routes.records.set(tenantId, fenced);
  await recordRollbackFailure(ports, migration, foreignWrite);
  expect(await now()).toMatchObject({ status: 'holding', failure: { error: 'ForeignWrite' } });
  expect(await now()).not.toHaveProperty('cancellation');
  const route = await ports.routes.get(tenantId);
  expect(route).toMatchObject({ table: target, writes: 'open', leaseMs: ports.settings.leaseMs });
  expect(await ports.migrations.report(migrationId)).toMatchObject({ outcome: 'holding' });
  // the state machine's Retry runs it again
  await recordRollbackFailure(ports, await now(), foreignWrite);
  expect(await now()).toMatchObject({ status: 'holding' });
});

test.each([
  ['any other failure', { Error: 'Unavailable', Cause: 'no answer' }, false],
  ['keys, once the tenant lives on the source', foreignWrite, true],
])(
  'F11: a rollback that stops at %s has to be finished, and shows the cause',
  async (_, caught, isOnSource) => {
    const held = await given();
    if (isOnSource) liveOnSource(held);
    await recordRollbackFailure(held.ports, held.migration, caught);
    expect(await held.now()).toMatchObject({ status: 'rollingBack', failure: { error: caught.Error } });
    expect(await held.ports.migrations.report(held.migration.migrationId)).toMatchObject({
      outcome: 'rollingBack',
      notes: [expect.stringContaining(caught.Error), expect.any(String)],
    });
  },
);

test('F11: an abandoned rollback makes its running steps stale, and the hold continues', async () => {
  const { ports, migration, now } = await given();
  await abandonRollback(ports, migration.migrationId, said);
  expect(await now()).toMatchObject({ status: 'holding', attempt: 3 });
  expect([...ports.workflow.migrations.keys()]).toEqual([`${migration.migrationId}-3`]);
  await expect(abandonRollback(ports, migration.migrationId, said)).rejects.toThrow(/no rollback to abandon/);
});

test('F11: once the tenant lives on the source a rollback can only be finished', async () => {
  const held = await given();
  liveOnSource(held);
  await expect(abandonRollback(held.ports, held.migration.migrationId, said)).rejects.toThrow(NotSafe);
  expect(await held.now()).toMatchObject({ status: 'rollingBack', attempt: 2 });
});
