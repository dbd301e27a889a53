import { NotSafe } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import { rollbackRefusal } from '../refusals.ts';
import { discardStragglers, stragglersInTheWay } from '../rollback/stragglers-in-the-way.ts';
import { reportMissedWrites } from '../verify/missed-writes.ts';
import { endPause, type Said, withEndOfPause } from './control-migration.ts';
import { findMigration } from './find-migration.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

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
  said: Said,
  options: RollbackOptions = {},
): Promise<Migration> => retryOnConflict(() => rollbackNow(ports, id, said, options));

interface RollbackOptions {
  readonly discardStragglers?: boolean;
}

const rollbackNow = async (
  ports: Ports,
  id: string,
  { by, why }: Said,
  options: RollbackOptions,
): Promise<Migration> => {
  const migration = await findMigration(ports, id);
  const refusal = rollbackRefusal(migration);
  if (refusal !== undefined) throw new NotSafe(refusal);
  const stragglers = await stragglersInTheWay(ports, migration, options.discardStragglers ?? false);
  await reportMissedWrites(ports, migration);
  const discarded = stragglers.length > 0 ? `, ${stragglers.length} stragglers discarded` : '';
  const attempt = migration.attempt + 1;
  const at = ports.clock.now();
  const rollingBack = await ports.migrations.transition(
    migration,
    'rollingBack',
    { who: by, why: `${withEndOfPause(`rollback${discarded}`, migration)}: ${why}`, at },
    {
      ...endPause(migration, { by, why }, at),
      attempt,
      longLeasesOutAt: undefined,
      staleReadsOutAt: undefined,
      fencedAt: undefined,
      // voids a comparison by an abandoned rollback, since the application has written since
      comparison: migration.comparison && { ...migration.comparison, direction: 'forth' },
    },
  );
  await discardStragglers(ports, migration, stragglers);
  await ports.workflow.startRollBack(migration.migrationId, attempt);
  return rollingBack;
};

/** Returns the time until which a rollback is possible, since the source is kept; undefined if nothing can be rolled back. */
export const rollbackUntil = ({ status, flippedAt, holdMs }: Migration): EpochMs | undefined =>
  status === 'holding' && flippedAt !== undefined ? ((flippedAt + holdMs) as EpochMs) : undefined;
