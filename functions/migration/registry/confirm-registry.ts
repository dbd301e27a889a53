import { advance } from '../advance.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** The registry says what the route says. */
export const confirmRegistry = async (ports: Ports, migration: Migration): Promise<void> => {
  // a crash may have come between the flip and the status that tells of it
  const flipped = await advance(ports, migration, 'holding', 'flipped', {
    flippedAt: migration.flippedAt ?? ports.clock.now(),
  });
  await ports.registry.confirm(flipped, ports.clock.now());
  const now = ports.clock.now();
  await ports.migrations.stage(migration.migrationId, 'flip', { endedAt: now });
  await ports.migrations.stage(migration.migrationId, 'cleanUp', { startedAt: now });
};
