import { expect, test } from 'vitest';
import { TargetTableMismatch, TargetTableNotActive } from '../../../functions/migration/errors.ts';
import type { MigrationId, TenantId } from '../../../functions/migration/names.ts';
import { checkTargetTable } from '../../../functions/migration/provision/check-target-table.ts';
import type { TierTable } from '../../../functions/migration/registry/tier-table.ts';
import type { TableDesign } from '../../../functions/migration/settings/settings.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aTable } from '../../support/records.ts';

const given = async (recorded: Partial<TierTable> = {}, design: Partial<TableDesign> = {}) => {
  const ports = fakePorts();
  const migration = aMigration({ status: 'provisioning' });
  await ports.migrations.create(migration);
  const record = aTable(recorded);
  await ports.registry.addTable(record);
  const { table } = record;
  await ports.migrations.chooseTarget(migration, { table, createsTable: false });
  // it exists, and has no TTL yet
  await ports.tables.create(table, { ...ports.settings.tableDesign, ttlAttribute: undefined, ...design });
  const check = () => checkTargetTable(ports, migration);
  expect(await check()).toMatchObject({ ready: false });
  const { connected } = ports.streamReaders;
  return {
    ports,
    migration,
    table,
    check,
    connected,
    ttl: async () => (await ports.tables.describe(table))?.ttlAttribute,
  };
};

test('a table that another migration has created and not configured yet is not a mismatch', async () => {
  const { check, ttl, connected } = await given({ createdBy: 'mig-other' as MigrationId });
  expect(connected.size).toBe(0);
  expect(await check()).toMatchObject({ ready: false });
  // its stream is not read yet at the first poll
  expect(connected.size).toBe(1);
  expect(await check()).toMatchObject({ ready: true });
  expect(await ttl()).toBe('expiresAt');
});

test('a dedicated table whose registration was interrupted is configured, unless it was adopted', async () => {
  const own = { placement: 'dedicated', tenantId: 'cedar' as TenantId } as const;
  const { check, ttl } = await given(own);
  expect(await ready(check)).toBeDefined();
  expect(await ttl()).toBe('expiresAt');
  const adopted = await given({ ...own, isAdopted: true });
  await expect(adopted.check()).rejects.toThrow(/TTL attribute is absent.*or tableDesign in the settings/);
  expect(await adopted.ttl()).toBeUndefined();
});

test('an existing table is not changed, and has to match the catalogue', async () => {
  const { check, ttl } = await given();
  await expect(check()).rejects.toThrow(TargetTableMismatch);
  await expect(check()).rejects.toThrow('TTL attribute is absent, should be expiresAt');
  expect(await ttl()).toBeUndefined();
});

const ready = async (check: () => Promise<{ ready: boolean }>) => {
  for (let polls = 1; polls <= 20; polls += 1) if ((await check()).ready) return polls;
  return undefined;
};

test('recovery that a new table accepts late, and shows later still, is waited for', async () => {
  const { ports, check, table } = await given({ createdBy: 'mig-other' as MigrationId });
  ports.tables.beLate({ recoveryRefused: 3, recoveryEnabling: 5 });
  expect(await ready(check)).toBeGreaterThan(4);
  expect((await ports.tables.describe(table))?.pointInTimeRecovery).toBe(true);
});

test('recovery that never comes is waited for no longer than provisioning may take', async () => {
  const { ports, check } = await given({ createdBy: 'mig-other' as MigrationId });
  ports.tables.beLate({ recoveryRefused: 1_000 });
  expect(await check()).toMatchObject({ ready: false });
  ports.clock.advance(ports.settings.maxProvisionMs + 1);
  await expect(check()).rejects.toThrow(TargetTableNotActive);
  await expect(check()).rejects.toThrow('recovery');
});

test('recovery that another process is turning on is waited for in an existing table', async () => {
  const { ports, check, table } = await given();
  ports.tables.beLate({ recoveryEnabling: 4 });
  await ports.tables.configure(table, ports.settings.tableDesign);
  expect(await check()).toMatchObject({ ready: false });
  expect(await ready(check)).toBeDefined();
});

test('a difference that no wait can mend is reported at once, and nothing is turned on', async () => {
  const { check, ttl } = await given({ createdBy: 'mig-other' as MigrationId }, { indexes: [] });
  await expect(check()).rejects.toThrow(TargetTableMismatch);
  expect(await ttl()).toBeUndefined();
});
