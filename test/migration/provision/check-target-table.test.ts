import { expect, test } from 'vitest';
import { TargetTableMismatch } from '../../../functions/migration/errors.ts';
import type { MigrationId } from '../../../functions/migration/names.ts';
import { checkTargetTable } from '../../../functions/migration/provision/check-target-table.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aTable } from '../../support/records.ts';

const given = async (createdBy?: MigrationId) => {
  const ports = fakePorts();
  const migration = aMigration({ status: 'provisioning' });
  await ports.migrations.create(migration);
  const record = aTable(createdBy === undefined ? {} : { createdBy });
  await ports.registry.addTable(record);
  const { table } = record;
  await ports.migrations.chooseTarget(migration, { table, createsTable: false });
  // it is there, and has no TTL yet
  await ports.tables.create(table, { ...ports.settings.tableDesign, ttlAttribute: undefined });
  const check = () => checkTargetTable(ports, migration);
  expect(await check()).toMatchObject({ ready: false });
  const { connected } = ports.streamReaders;
  return { check, connected, ttl: async () => (await ports.tables.describe(table))?.ttlAttribute };
};

test('a table that another migration has created and not configured yet is no mismatch', async () => {
  const { check, ttl, connected } = await given('mig-other' as MigrationId);
  expect(connected.size).toBe(0);
  expect(await check()).toMatchObject({ ready: false });
  // its stream is not read yet at the first look
  expect(connected.size).toBe(1);
  expect(await check()).toMatchObject({ ready: true });
  expect(await ttl()).toBe('expiresAt');
});

test('a table that was there before is not changed, and has to be as the catalogue asks', async () => {
  const { check, ttl } = await given();
  await expect(check()).rejects.toThrow(TargetTableMismatch);
  await expect(check()).rejects.toThrow('TTL attribute is absent, should be expiresAt');
  expect(await ttl()).toBeUndefined();
});
