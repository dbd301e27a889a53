import { Conflict } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { advance } from '../record/advance.ts';

/** Advances the status once every segment has been copied. @throws Conflict if one has not. */
export const concludeCopy = async (ports: Ports, migration: Migration): Promise<void> => {
  for await (const segment of ports.segments.list(migration.migrationId)) {
    if (!segment.copyDone) throw new Conflict(`segment ${segment.number} has not been copied yet`);
  }
  await ports.migrations.noteStage(migration.migrationId, 'copy', { endedAt: ports.clock.now() });
  await advance(ports, migration, 'catchingUp', 'every segment copied');
};
