import { counted } from '../counted.ts';
import type { Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import { findMigration } from '../record/find-migration.ts';
import { assertAllowed, rollbackRefusal } from '../record/refusals.ts';
import { retryOnConflict } from '../record/retry-on-conflict.ts';
import { discardStragglers, findBlockingStragglers } from '../rollback/blocking-stragglers.ts';
import { reportLostWrites } from '../verify/lost-writes.ts';
import type { AuditNote } from './audit-note.ts';
import { requestRollbackChange, withPauseEnd } from './rollback-change.ts';

/**
 * Rolls a migration back during its hold: a cutover in reverse, with every write made since the flip. It begins at once and
 * ends a pause. The execution that waits for the end of the hold fails as stale.
 * @param options `discardStragglers`: true to overwrite writes that reached the source after the flip with the target's values.
 * @throws NotSafe before the flip (see `cancelMigration`), or once the deletion of the source has begun
 * @throws StragglersFound if the rollback would lose or stop at writes to the source, and they are not to be discarded
 */
export const rollbackMigration = (
  ports: Ports,
  id: string,
  note: AuditNote,
  options: RollbackOptions = {},
): Promise<Migration> => retryOnConflict(() => rollbackNow(ports, id, note, options));

interface RollbackOptions {
  readonly discardStragglers?: boolean;
}

const rollbackNow = async (
  ports: Ports,
  id: string,
  { by, reason }: AuditNote,
  options: RollbackOptions,
): Promise<Migration> => {
  const migration = await findMigration(ports, id);
  assertAllowed(rollbackRefusal(migration), migration);
  const stragglers = await findBlockingStragglers(ports, migration, options.discardStragglers ?? false);
  await reportLostWrites(ports, migration);
  const discarded = stragglers.length > 0 ? `, ${counted(stragglers.length, 'straggler')} discarded` : '';
  const attempt = migration.attempt + 1;
  const at = ports.clock.now();
  const rollingBack = await ports.migrations.transition(
    migration,
    'rollingBack',
    { who: by, reason: `${withPauseEnd(`rollback${discarded}`, migration)}: ${reason}`, at },
    {
      ...requestRollbackChange(migration, { by, reason }, at),
      attempt,
      longLeasesOutAt: undefined,
      staleReadsOutAt: undefined,
      fencedAt: undefined,
      // voids a comparison by an abandoned rollback, since the application has written since
      comparison: migration.comparison && { ...migration.comparison, direction: 'forward' },
    },
  );
  await discardStragglers(ports, migration, stragglers);
  await ports.workflow.startRollback(migration.migrationId, attempt);
  return rollingBack;
};

/** Returns the time until which a rollback is possible, since the source is kept; undefined if nothing can be rolled back. */
export const rollbackUntil = ({ status, flippedAt, holdMs }: Migration): EpochMs | undefined =>
  status === 'holding' && flippedAt !== undefined ? ((flippedAt + holdMs) as EpochMs) : undefined;
