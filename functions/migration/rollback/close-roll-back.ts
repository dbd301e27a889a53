import { isClosed, type Status } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Ends the migration and gives the tenant's lock back. */
export const closeRollBack = async (ports: Ports, migration: Migration): Promise<void> => {
  await ports.migrations.removeCleanUp(migration.migrationId);
  await ports.registry.unlock(migration.tenantId, migration.migrationId);
  if (isClosed(migration.status)) return;
  const to = outcome(migration);
  const current = (await ports.migrations.get(migration.migrationId)) ?? migration;
  await ports.migrations.transition(current, to, {
    who: `workflow, attempt ${migration.attempt}`,
    why: to === 'failed' ? 'nothing had been changed yet' : 'everything is as before',
    at: ports.clock.now(),
  });
};

/** `failed` where the plan ended it, before anything was reserved. */
const outcome = (migration: Migration): Status => {
  if (migration.cancellation) return 'cancelled';
  return migration.target.table ? 'rolledBack' : 'failed';
};
