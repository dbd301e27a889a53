import { expect, test } from 'vitest';
import { openMigration } from '../../../functions/migration/record/open-migration.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration } from '../../support/records.ts';

test("the request's reason is in the audit trail once, at the request", async () => {
  const ports = fakePorts();
  const migration = aMigration({ status: 'queued', reason: 'outgrown' });
  const { migrationId } = migration;
  await ports.migrations.create(migration);
  await openMigration(ports, migration);
  const events = await ports.migrations.events(migrationId);
  expect(events.map(({ to, reason }) => [to, reason])).toEqual([
    ['queued', 'outgrown'],
    ['planning', 'planning begins'],
  ]);
});
