import { expect, test } from 'vitest';
import { checkTable } from '../../../functions/migration/doctor/check-tables.ts';
import type { TableName, TenantId } from '../../../functions/migration/names.ts';
import { registerTenant } from '../../../functions/migration/operator/register-tenant.ts';
import { ProcessEnded } from '../../support/ending-process.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';

const north = 'north' as TenantId;
const find = async (ports: FakePorts, table: TableName) => {
  const record = await ports.registry.table(table);
  return record && checkTable(record, await ports.tables.describe(table), new Set());
};

test('a table of an interrupted registration is mended by repeating it, as the finding says', async () => {
  const ports = fakePorts();
  const tenant = { tenantId: north, name: 'North', tier: 'enterprise', by: 'sign-up' };
  const add = ports.registry.addTenant.bind(ports.registry);
  ports.registry.addTenant = async () => {
    throw new ProcessEnded('before the tenant was added');
  };
  await expect(registerTenant(ports, tenant)).rejects.toThrow(ProcessEnded);
  ports.registry.addTenant = add;
  const table = 'saas-tenant-data-enterprise-north' as TableName;
  expect(await find(ports, table)).toMatchObject({
    id: `table-left/${table}`,
    next: { action: 'by-hand', todo: expect.stringMatching(/registration of tenant north.*repeat it/) },
  });
  await registerTenant(ports, tenant);
  expect(await find(ports, table)).toBeUndefined();
});
