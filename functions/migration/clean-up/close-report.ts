import { journalOf } from '../capture/journal-of.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { disarm } from '../routing/route.ts';
import { makeReport } from '../verify/make-report.ts';

/** The last step: what happened is written down, capture ends, and the migration is complete. */
export const closeReport = async (ports: Ports, migration: Migration): Promise<void> => {
  const { migrationId, tenantId, attempt, status } = migration;
  const at = ports.clock.now();
  await ports.migrations.stage(migrationId, 'cleanUp', { endedAt: at });
  const current = (await ports.migrations.get(migrationId)) ?? migration;
  await ports.migrations.saveReport(
    migrationId,
    await makeReport(ports, { ...current, status: 'completed' }),
  );
  await ports.migrations.removeCleanUp(migrationId);
  if (status !== 'completed') {
    const route = await ports.routes.get(tenantId);
    const event = { who: `workflow, attempt ${attempt}`, why: 'source cleaned up', at };
    const disarmed = route && { from: route, to: disarm(route, { migrationId }) };
    await ports.migrations.transition(migration, 'completed', event, {}, disarmed);
  }
  await ports.journal.clear(journalOf(migration));
};
