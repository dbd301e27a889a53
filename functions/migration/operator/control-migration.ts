import type { Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import { findMigration } from '../record/find-migration.ts';
import type { MigrationChange } from '../record/migrations-port.ts';
import { assertAllowed, type Refusal } from '../record/refusals.ts';
import { retryOnConflict } from '../record/retry-on-conflict.ts';
import type { AuditNote } from './audit-note.ts';

export const changeByOperator = (
  ports: Ports,
  id: string,
  { by, reason }: AuditNote,
  what: string,
  refusalOf: (migration: Migration) => Refusal | undefined,
  changeOf: (migration: Migration, at: EpochMs) => MigrationChange,
): Promise<Migration> =>
  retryOnConflict(async () => {
    const migration = await findMigration(ports, id);
    assertAllowed(refusalOf(migration), migration);
    const at = ports.clock.now();
    const change = changeOf(migration, at);
    return ports.migrations.transition(
      migration,
      migration.status,
      { who: by, reason: `${what}: ${reason}`, at },
      { ...change, controlledAt: at },
      undefined,
      // after a rollback's flip there is no pause any more, and the status does not show that flip
      change.paused ? ['reverseFlippedAt'] : [],
      ['controlledAt'],
    );
  });
