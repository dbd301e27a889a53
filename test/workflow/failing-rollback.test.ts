import { expect, test } from 'vitest';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { addTenant, ended, untilFlipped } from '../support/tenants.ts';
import { testFailingRollback } from './failing-rollback-states.ts';

const stack = testFailingRollback('from the first');

test('F11: a rollback whose failure cannot be recorded either is finished by a retry', async () => {
  const { ports, plant } = stack();
  const { tenantId, table } = await addTenant(ports, { tenantId: 'unrecorded', items: 60 });
  const request = { tenantId, toTier: 'advanced', holdMs: 60_000, requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(ports, request);
  await untilFlipped(ports, migrationId);
  plant({ state: 'CutOverReverse', when: 'before' }, { state: 'RecordRollbackFailure', when: 'before' });
  await rollbackMigration(ports, migrationId, { by: 'test', reason: 'test' });
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'rollingBack' });
  plant();
  await retryMigration(ports, migrationId, 'test');
  expect((await ended(ports, migrationId)).status).toBe('rolledBack');
  expect((await ports.routes.get(tenantId))?.table).toBe(table);
});
