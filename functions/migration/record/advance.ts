import { isAhead, type Status } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { MigrationChange } from './migrations-port.ts';

/**
 * Moves the status forward. If it has already reached `to` or a later status, leaves it: a step may run twice.
 * @throws Conflict
 */
export const advance = async (
  ports: Ports,
  migration: Migration,
  to: Status,
  reason: string,
  change?: MigrationChange,
): Promise<Migration> =>
  isAhead(migration.status, to)
    ? ports.migrations.transition(
        migration,
        to,
        { who: `workflow, attempt ${migration.attempt}`, reason, at: ports.clock.now() },
        change,
      )
    : migration;
