import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { findMigration } from '../record/find-migration.ts';
import { abandonRefusal, assertAllowed } from '../record/refusals.ts';
import { retryOnConflict } from '../record/retry-on-conflict.ts';
import { stayOnTarget } from '../rollback/stay-on-target.ts';
import type { AuditNote } from './audit-note.ts';

/**
 * Abandons a rollback that has not flipped: the tenant stays on the target, and the hold continues. A rollback step that
 * still runs fails, since its attempt is over.
 * @throws NotSafe if the migration is not being rolled back, or the tenant lives on the source
 * @throws Conflict
 */
export const abandonRollback = (ports: Ports, id: string, note: AuditNote): Promise<Migration> =>
  retryOnConflict(() => abandonNow(ports, id, note));

const abandonNow = async (ports: Ports, id: string, { by, reason }: AuditNote): Promise<Migration> => {
  const migration = await findMigration(ports, id);
  const { migrationId } = migration;
  assertAllowed(abandonRefusal(migration), migration);
  const attempt = migration.attempt + 1;
  const note = { who: by, reason: `rollback abandoned: ${reason}` };
  const holding = await stayOnTarget(ports, migration, note, { attempt });
  await ports.workflow.start(migrationId, attempt);
  return holding;
};
