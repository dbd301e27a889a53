import { journalOf } from '../capture/journal-of.ts';
import { isClosed, type Status } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { disarm } from '../routing/route.ts';

/** Ends the migration, its capture with it, and gives the tenant's lock back. @throws Conflict */
export const closeRollBack = async (ports: Ports, migration: Migration): Promise<void> => {
  const { migrationId, tenantId, attempt } = migration;
  await ports.migrations.removeCleanUp(migrationId);
  await ports.registry.unlock(tenantId, migrationId);
  if (isClosed(migration.status)) return;
  const to = outcome(migration);
  const route = await ports.routes.get(tenantId);
  // in one transaction: a step that comes late must not end what the next attempt has armed
  await ports.migrations.transition(
    migration,
    to,
    {
      who: `workflow, attempt ${attempt}`,
      why: to === 'failed' ? 'nothing had been changed yet' : 'everything is as before',
      at: ports.clock.now(),
    },
    {},
    route && { from: route, to: disarm(route, { migrationId }) },
  );
  await ports.journal.clear(journalOf(migration));
};

/** `failed` where the plan ended it, before anything was reserved. */
const outcome = (migration: Migration): Status => {
  if (migration.flippedBackAt !== undefined) return 'rolledBack';
  if (migration.cancellation) return 'cancelled';
  return migration.target.table ? 'rolledBack' : 'failed';
};
