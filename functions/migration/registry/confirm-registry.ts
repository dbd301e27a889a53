import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** The registry says what the route says. */
export const confirmRegistry = async (ports: Ports, migration: Migration): Promise<void> => {
  await ports.registry.confirm(migration, ports.clock.now());
  const now = ports.clock.now();
  await ports.migrations.stage(migration.migrationId, 'flip', { endedAt: now });
  await ports.migrations.stage(migration.migrationId, 'cleanUp', { startedAt: now });
};
