import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { disarm } from '../routing/route.ts';

/**
 * Nothing is journalled for the migration any more, and its journal is empty: before it closes, since nobody comes back to
 * one that has. @throws Conflict
 */
export const endCapture = async (ports: Ports, migration: Migration): Promise<void> => {
  const { migrationId, tenantId, attempt, status } = migration;
  const route = await ports.routes.get(tenantId);
  const disarmed = route && disarm(route, { migrationId });
  if (route && disarmed && disarmed !== route) {
    const event = { who: `workflow, attempt ${attempt}`, why: 'capture ended', at: ports.clock.now() };
    // with the migration's record: a step that comes late must not end what the next attempt has armed
    await ports.migrations.transition(migration, status, event, {}, { from: route, to: disarmed });
  }
  await ports.journal.clear(migrationId);
};
