import { endCapture } from '../journal/end-capture.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { forgetKeys } from '../record/forget-keys.ts';
import { makeReport } from '../report/make-report.ts';

/**
 * Ends the migration: ends capture, saves the report, completes the migration, and removes keys from its records.
 * @throws Conflict
 */
export const closeReport = async (ports: Ports, migration: Migration): Promise<void> => {
  if (migration.status !== 'completed') await complete(ports, migration);
  await forgetKeys(ports, migration.migrationId);
};

const complete = async (ports: Ports, migration: Migration): Promise<void> => {
  const { migrationId, attempt } = migration;
  await endCapture(ports, migration);
  const at = ports.clock.now();
  await ports.migrations.noteStage(migrationId, 'cleanUp', { endedAt: at });
  const current = (await ports.migrations.get(migrationId)) ?? migration;
  await ports.migrations.saveReport(
    migrationId,
    await makeReport(ports, { ...current, status: 'completed' }),
  );
  const event = { who: `workflow, attempt ${attempt}`, reason: 'source cleaned up', at };
  await ports.migrations.transition(migration, 'completed', event);
};
