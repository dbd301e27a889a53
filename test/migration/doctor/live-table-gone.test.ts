import { expect, test } from 'vitest';
import { diagnoseTenant } from '../../../functions/migration/doctor/diagnose.ts';
import { heldMigration } from '../../support/held-migration.ts';
import { aRoute, aTable, aTenant } from '../../support/records.ts';

/** A tenant with an open migration whose execution does not run. */
const given = async () => {
  const held = await heldMigration();
  const { ports, migration, source, target: table } = held;
  const { tenantId, migrationId } = migration;
  await ports.migrations.update(migration, {
    registryChange: 'confirmed',
    target: { ...migration.target, table },
  });
  const { tier, placement } = migration.target;
  const capture = { migrationId, tables: { source, target: table } };
  await ports.registry.addTable(aTable({ table, tier, placement, tenants: 1 }));
  ports.routes.records.delete(tenantId);
  await ports.registry.addTenant(
    aTenant({ tenantId, table, tier, placement, lockedBy: migrationId }),
    aRoute({ tenantId, table, capture }),
  );
  return { ...held, findings: () => diagnoseTenant(ports, tenantId) };
};

test("a live table that is gone after the flip is reported with the kept source's items, and no retry before it is restored", async () => {
  const { ports, target, source, findings } = await given();
  expect(await findings()).toMatchObject([{ next: { action: 'retry' } }]);
  await ports.tables.delete(target);
  const [found, ...others] = await findings();
  expect(others).toEqual([]);
  expect(found).toMatchObject({ severity: 'stop', next: { action: 'by-hand' } });
  expect(found?.what).toContain(`${source} still has the tenant's items as of the flip`);
});

test('a kept source that is gone needs only a retry', async () => {
  const { ports, source, findings } = await given();
  await ports.tables.delete(source);
  expect(await findings()).toMatchObject([{ next: { action: 'retry' } }]);
});
