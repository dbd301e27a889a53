import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { staleReadsOutAt } from '../route/stale-reads.ts';

/**
 * Confirms the pending registry change after the flip, and starts the time for which reads may still reach the source. The
 * flip stage ends with the flip itself, not with this step: each attempt after a later failure runs the step again.
 */
export const confirmRegistry = async (ports: Ports, migration: Migration): Promise<void> => {
  await ports.registry.confirmMove(migration, ports.clock.now());
  const flippedAt = migration.flippedAt ?? ports.clock.now();
  await ports.migrations.noteStage(migration.migrationId, 'flip', { endedAt: flippedAt });
  await ports.migrations.noteStage(migration.migrationId, 'cleanUp', { startedAt: flippedAt });
  await staleReadsOutAt(ports, migration);
};
