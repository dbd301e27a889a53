import { isAhead, type Status } from './life-cycle.ts';
import type { Migration } from './migration.ts';
import type { MigrationChange, Ports } from './ports.ts';

/** Moves the status forward; a step that runs again finds it moved, or further, and leaves it. @throws Conflict */
export const advance = async (
  ports: Ports,
  migration: Migration,
  to: Status,
  why: string,
  change?: MigrationChange,
): Promise<Migration> =>
  isAhead(migration.status, to)
    ? ports.migrations.transition(
        migration,
        to,
        { who: `workflow, attempt ${migration.attempt}`, why, at: ports.clock.now() },
        change,
      )
    : migration;
