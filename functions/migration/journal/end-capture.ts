import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { disarm } from '../route/route.ts';

/**
 * Ends capture for the migration and clears its journal. It must do so before the migration closes, because no later
 * step would.
 * @throws Conflict
 */
export const endCapture = async (ports: Ports, migration: Migration): Promise<void> => {
  const { migrationId, tenantId, attempt, status } = migration;
  const route = await ports.routes.get(tenantId);
  const disarmed = route && disarm(route, { migrationId });
  if (route && disarmed && disarmed !== route) {
    const event = { who: `workflow, attempt ${attempt}`, reason: 'capture ended', at: ports.clock.now() };
    // in one transaction with the migration's record: a late step must not end capture that the next attempt has armed
    await ports.migrations.transition(migration, status, event, {}, { from: route, to: disarmed });
  }
  await ports.journal.clear(migrationId);
};
