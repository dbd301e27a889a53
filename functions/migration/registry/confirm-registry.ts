import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { staleReadsOutAt } from '../routing/stale-reads.ts';

/** Makes the registry say what the route says. The time for which reads may still reach the source counts from here. */
export const confirmRegistry = async (ports: Ports, migration: Migration): Promise<void> => {
  await ports.registry.confirm(migration, ports.clock.now());
  const now = ports.clock.now();
  await ports.migrations.stage(migration.migrationId, 'flip', { endedAt: now });
  await ports.migrations.stage(migration.migrationId, 'cleanUp', { startedAt: now });
  await staleReadsOutAt(ports, migration);
};
