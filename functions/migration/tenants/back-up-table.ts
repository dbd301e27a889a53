import { BACKUP_NAME_CHARACTERS } from '../limits.ts';
import type { RemovalRun } from './removal-run.ts';

/** Value of `Removal.backup` on an engine without backups (DynamoDB Local). */
const NO_BACKUPS = 'none';

/**
 * Makes one backup of the tenant's table, and waits until it is complete. DynamoDB backs up whole tables. A backup that was
 * complete before the first deletion is not made again.
 */
export const backUpTable = async (run: RemovalRun): Promise<void> => {
  const { tables } = run.ports;
  const { table } = run.tenant;
  if (run.removal.itemsDeleted !== undefined) return;
  await run.poll('backingUp', async () => {
    const { backup, removalId } = run.removal;
    if (backup === NO_BACKUPS) return true;
    const state = backup === undefined ? 'gone' : await tables.backup(backup);
    if (state !== 'gone') return state === 'available';
    const name = `${table.slice(0, BACKUP_NAME_CHARACTERS - removalId.length - 1)}-${removalId}`;
    const arn = await tables.backUp(table, name);
    await run.save({ backup: arn ?? NO_BACKUPS });
    return arn === undefined;
  });
};
