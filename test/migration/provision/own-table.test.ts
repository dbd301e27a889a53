import { expect, test } from 'vitest';
import { InvalidRequest, NoFreeSlot } from '../../../functions/migration/errors.ts';
import { type TenantId, type TierName, tableName } from '../../../functions/migration/names.ts';
import { registerTenant } from '../../../functions/migration/operator/register-tenant.ts';
import { chooseTable } from '../../../functions/migration/provision/choose-table.ts';
import { reserveTarget } from '../../../functions/migration/provision/reserve-target.ts';
import type { TierTable } from '../../../functions/migration/registry/tier-table.ts';
import { parseSettings, tierOf } from '../../../functions/migration/settings/settings.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aTable } from '../../support/records.ts';

const ENTERPRISE = 'enterprise' as TierName;
const tenantId = 'cedar' as TenantId;
const NAME = tableName('saas-tenant-data-enterprise-cedar');
const own = (change: Partial<TierTable> = {}) =>
  aTable({ table: NAME, tier: ENTERPRISE, placement: 'dedicated', tenantId, freeSlots: 1, ...change });

const chosen = (record: TierTable) => {
  const settings = parseSettings({});
  const tier = tierOf(settings, ENTERPRISE);
  if (!tier) throw new Error('the catalogue has no such tier');
  const wish = { tenantId, tier, placement: 'dedicated' } as const;
  return chooseTable(settings, wish, { tables: [record], damaged: [] });
};

test('a table is a tenant’s own if its record says so', () => {
  expect(chosen(own())).toEqual({ table: NAME, isRegistered: true });
});

test.each<[string, Partial<TierTable>]>([
  ['another tenant’s', { tenantId: 'elm' as TenantId }],
  ['several tenants’', { placement: 'shared', freeSlots: 5 }],
  ['of another tier', { tier: 'premium' as TierName }],
])('data F9: a table of that name is not the tenant’s own if it is %s', (_, change) => {
  expect(chosen(own(change))).toEqual({ table: `${NAME}.2`, isRegistered: false });
});

const add = (ports: ReturnType<typeof fakePorts>) =>
  registerTenant(ports, { tenantId, name: 'Cedar', tier: 'enterprise', by: 'test' });

test('a tenant is not placed in an existing unregistered table of its own name', async () => {
  const ports = fakePorts();
  await ports.tables.create(NAME, ports.settings.tableDesign);
  await expect(add(ports)).rejects.toThrow(InvalidRequest);
  await expect(add(ports)).rejects.toThrow(/no record names.*Nothing was changed.*with this table by name/);
  expect(await ports.registry.tenant(tenantId)).toBeUndefined();
});

test('security 3: nor does a migration move it there, or to another tenant’s table', async () => {
  const ports = fakePorts();
  const migration = aMigration({ tenantId, target: { tier: ENTERPRISE, placement: 'dedicated' } });
  await ports.migrations.create(migration);
  await ports.tables.create(NAME, ports.settings.tableDesign);
  await expect(reserveTarget(ports, migration)).rejects.toThrow(NoFreeSlot);
  expect(await ports.migrations.undoRecord(migration.migrationId)).toBeUndefined();
  await ports.registry.addTable(own({ tenantId: 'elm' as TenantId }));
  await reserveTarget(ports, migration);
  expect(await ports.migrations.undoRecord(migration.migrationId)).toMatchObject({
    table: `${NAME}.2`,
    createsTable: true,
  });
});
