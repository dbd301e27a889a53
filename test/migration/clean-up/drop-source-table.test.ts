import { expect, test } from 'vitest';
import { dropSourceTable } from '../../../functions/migration/clean-up/drop-source-table.ts';
import { Conflict, NotSafe } from '../../../functions/migration/errors.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import type { TierName } from '../../../functions/migration/names.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aTable, newTableName, newTenantId } from '../../support/records.ts';

const given = async (registered: Partial<Parameters<typeof aTable>[0]> = {}) => {
  const ports = fakePorts();
  const table = newTableName();
  const tenantId = newTenantId();
  const source = { tier: 'enterprise' as TierName, placement: 'dedicated' as const, table };
  const { migrationId } = aMigration();
  const migration = aMigration({ migrationId, tenantId, source, status: 'cleaningUp' });
  await ports.migrations.create(migration);
  await ports.registry.addTable(aTable({ table, placement: 'dedicated', tenantId, ...registered }));
  await ports.tables.create(table, ports.settings.tableDesign);
  await ports.tables.describe(table);
  const current = async (): Promise<Migration> => (await ports.migrations.get(migrationId)) ?? migration;
  const step = async () => dropSourceTable(ports, await current());
  const untilDropped = async () => {
    const waits: number[] = [];
    for (let polls = 0; polls < 500; polls += 1) {
      const { dropped, waitSeconds } = await step();
      if (dropped) return waits;
      waits.push(waitSeconds);
      ports.clock.advance(waitSeconds * 1_000);
    }
    throw new Error('never dropped');
  };
  return { ports, table, migrationId, current, step, untilDropped };
};

test('the table is deleted once its one backup is complete', async () => {
  const { ports, table, untilDropped, current } = await given();
  ports.tables.beLate({ backupCreating: 5 });
  const waits = await untilDropped();
  expect(waits.length).toBeGreaterThanOrEqual(5);
  expect(await ports.tables.describe(table)).toBeUndefined();
  const [[arn] = []] = ports.tables.backups;
  expect(ports.tables.backups.size).toBe(1);
  expect((await current()).finalBackup).toBe(arn);
});

test('a run interrupted before it noted the backup finds it by its name', async () => {
  const { ports, step, untilDropped } = await given();
  ports.tables.beLate({ backupCreating: 3 });
  const { update } = ports.migrations;
  ports.migrations.update = async () => {
    throw new Conflict('planted');
  };
  await expect(step()).rejects.toThrow('planted');
  ports.migrations.update = update;
  await untilDropped();
  expect(ports.tables.backups.size).toBe(1);
});

test('a backup that was deleted in between is made again, and the table waits for it', async () => {
  const { ports, step, untilDropped } = await given();
  ports.tables.beLate({ backupCreating: 2 });
  await step();
  ports.tables.backups.clear();
  await untilDropped();
  expect(ports.tables.backups.size).toBe(1);
});

test('a backup that takes some days is polled some hundred times', async () => {
  const { ports, untilDropped } = await given();
  ports.tables.beLate({ backupCreating: 400 });
  const waits = await untilDropped();
  expect(waits[0]).toBe(3);
  expect(waits.at(-1)).toBe(300);
  expect(waits.reduce((sum, seconds) => sum + seconds, 0)).toBeGreaterThan(24 * 3_600);
});

test('with an engine without backups the table is deleted at once', async () => {
  const { ports, table, step, current } = await given();
  ports.tables.backUp = async () => undefined;
  expect(await step()).toMatchObject({ dropped: true });
  expect(await ports.tables.describe(table)).toBeUndefined();
  expect((await current()).finalBackup).toMatch(/no backups/);
});

test('a missing table needs no record; an existing one stays unless the record names its tenant', async () => {
  const shared = await given({ placement: 'shared' });
  await expect(shared.step()).rejects.toThrow(NotSafe);
  await shared.ports.tables.delete(shared.table);
  expect(await shared.step()).toMatchObject({ dropped: true });
  expect(shared.ports.tables.backups.size).toBe(0);
});
