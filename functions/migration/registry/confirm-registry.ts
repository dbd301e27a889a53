import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { staleReadsOutAt } from '../routing/stale-reads.ts';

/**
 * Makes the registry say what the route says. The time for which reads may still reach the source counts from here. The stage ends with the flip, whenever this runs: after a failure past the flip each
 * attempt runs it again, and what it waited for an operator is no part of the flip.
 */
export const confirmRegistry = async (ports: Ports, migration: Migration): Promise<void> => {
  await ports.registry.confirm(migration, ports.clock.now());
  const flippedAt = migration.flippedAt ?? ports.clock.now();
  await ports.migrations.stage(migration.migrationId, 'flip', { endedAt: flippedAt });
  await ports.migrations.stage(migration.migrationId, 'cleanUp', { startedAt: flippedAt });
  await staleReadsOutAt(ports, migration);
};
