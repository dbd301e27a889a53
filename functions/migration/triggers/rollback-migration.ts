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
 * Takes the tenant back during the hold, with every write made since the flip: the same cutover the other way. It begins
 * at once, and ends a pause; the execution that waits for the hold's end finds itself stale.
 * @param options `discardStragglers`: the target's values win over what was written to the source after the flip.
 * @throws NotSafe before the flip (cancel it), or once the source has begun to be removed.
 * @throws StragglersFound if it would lose or stop at writes to the source, unless they are discarded.
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
      // an abandoned rollback may have compared: what was written since is compared again
      comparison: migration.comparison && { ...migration.comparison, direction: 'forth' },
    },
  );
  await discardStragglers(ports, migration, stragglers);
  await ports.workflow.startRollBack(migration.migrationId, attempt);
  return rollingBack;
};

/** Until when a rollback is safe: the source is kept that long at least. Absent where there is nothing to roll back. */
export const rollbackUntil = ({ status, flippedAt, holdMs }: Migration): EpochMs | undefined =>
  status === 'holding' && flippedAt !== undefined ? ((flippedAt + holdMs) as EpochMs) : undefined;
