import { expect, test } from 'vitest';
import { checkTable } from '../../../functions/migration/doctor/check-tables.ts';
import { makeMend } from '../../../functions/migration/doctor/mend.ts';
import type { TableName, TenantId } from '../../../functions/migration/names.ts';
import { registerTenant } from '../../../functions/migration/operator/register-tenant.ts';
import { removeTenant } from '../../../functions/migration/tenants/remove-tenant.ts';
import { ProcessEnded } from '../../support/ending-process.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';
import { addTenant } from '../../support/tenants.ts';

const north = 'north' as TenantId;
const find = async (ports: FakePorts, table: TableName) => {
  const record = await ports.registry.table(table);
  return record && checkTable(record, await ports.tables.describe(table), new Set());
};

test.each(['basic', 'enterprise'])(
  'a deleted table of tier %s with a tenant is mended by removing the tenant, as the finding says',
  async (tier) => {
    const ports = fakePorts();
    const { table } = await addTenant(ports, { tenantId: north, tier, items: 3 });
    await ports.tables.delete(table);
    expect(await find(ports, table)).toMatchObject({
      severity: 'stop',
      next: {
        action: 'by-hand',
        todo: expect.stringMatching(/restore it under its name.*remove these tenants/),
      },
    });
    await removeTenant(ports, { tenantId: north, by: 'ana' });
    const finding = await find(ports, table);
    if (finding?.next.action !== 'mend') throw new Error('the doctor offers no repair');
    await makeMend(ports, finding.next.mend, { by: 'ana', reason: 'deleted by hand' });
    expect(await find(ports, table)).toBeUndefined();
    const again = await addTenant(ports, { tenantId: north, tier, items: 3 });
    expect(again.table).not.toBe(table);
  },
);

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
