import { advance } from '../advance.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { makeReport } from '../verify/make-report.ts';

/** The last step: what happened is written down, and the migration is complete. */
export const closeReport = async (ports: Ports, migration: Migration): Promise<void> => {
  await ports.migrations.stage(migration.migrationId, 'cleanUp', { endedAt: ports.clock.now() });
  const current = (await ports.migrations.get(migration.migrationId)) ?? migration;
  await ports.migrations.saveReport(
    migration.migrationId,
    await makeReport(ports, { ...current, status: 'completed' }),
  );
  await ports.migrations.removeCleanUp(migration.migrationId);
  await advance(ports, current, 'completed', 'source cleaned up');
};
