import { endCapture } from '../capture/end-capture.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { makeReport } from '../verify/make-report.ts';

/** The last step: capture ends, what happened is written down, and the migration is complete. @throws Conflict */
export const closeReport = async (ports: Ports, migration: Migration): Promise<void> => {
  if (migration.status === 'completed') return;
  const { migrationId, attempt } = migration;
  await endCapture(ports, migration);
  const at = ports.clock.now();
  await ports.migrations.stage(migrationId, 'cleanUp', { endedAt: at });
  const current = (await ports.migrations.get(migrationId)) ?? migration;
  await ports.migrations.saveReport(
    migrationId,
    await makeReport(ports, { ...current, status: 'completed' }),
  );
  const event = { who: `workflow, attempt ${attempt}`, why: 'source cleaned up', at };
  await ports.migrations.transition(migration, 'completed', event);
};
