import { expect, test } from 'vitest';
import { runUnderApplierClaim } from '../../../functions/migration/claims/run-under-applier-claim.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, newTableName } from '../../support/records.ts';

test('throttled calls of an applier are counted, also if its work fails', async () => {
  const ports = fakePorts();
  const migration = aMigration({ status: 'catchingUp' });
  const { migrationId, tenantId } = migration;
  const table = newTableName();
  await ports.tables.create(table, ports.settings.tableDesign);
  await ports.migrations.create(migration);
  const put = (fails: boolean) =>
    runUnderApplierClaim(ports, migration, table, async ({ writer }) => {
      await writer.put({ tenantId: { S: tenantId }, entityKey: { S: 'STUDENT#1' } });
      await writer.flush();
      if (fails) throw new Error('the work fails');
    });
  await put(false);
  expect(await ports.migrations.get(migrationId)).not.toHaveProperty('applyThrottles');
  let isThrottled = true;
  ports.tables.partition(tenantId).fault = () => {
    const left = isThrottled ? 1 : 0;
    isThrottled = !isThrottled;
    return left;
  };
  await put(false);
  await expect(put(true)).rejects.toThrow('the work fails');
  expect(await ports.migrations.get(migrationId)).toMatchObject({ applyThrottles: 2 });
});
