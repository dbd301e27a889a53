import { NotSafe } from '../errors.ts';
import { BACKUP_NAME_CHARACTERS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/**
 * Deletes the dedicated table that the tenant has left, once a final backup of it is complete: a table cannot be
 * deleted while it is backed up. The registry must confirm that the table was dedicated to this tenant. [DynamoDB
 * developer guide, Backing up a DynamoDB table]
 * @returns `dropped` once the table is being deleted or is gone. Until then the state machine waits and calls again.
 * @throws NotSafe if the registry does not confirm it.
 * @throws TableInUse, TableLimitExceeded
 */
export const dropSourceTable = async (
  ports: Ports,
  migration: Migration,
): Promise<{ dropped: boolean; waitSeconds: number }> => ({
  dropped: await drop(ports, migration),
  waitSeconds: waitSeconds(ports, migration),
});

const drop = async (ports: Ports, migration: Migration): Promise<boolean> => {
  const { table } = migration.source;
  const found = await ports.tables.describe(table);
  // nothing is left to delete, even if another process deleted it
  if (!found || found.status === 'DELETING') return true;
  const registered = await ports.registry.table(table);
  const isOurs =
    registered?.placement === 'dedicated' &&
    registered.tenantId === migration.tenantId &&
    registered.tenants === 0 &&
    registered.isAdopted !== true;
  if (!isOurs)
    throw new NotSafe(
      `the registry does not record ${table} as a table of tenant ${migration.tenantId} alone. The table is kept. Correct the registry, or delete the table yourself`,
    );
  if (!(await isBackedUp(ports, migration))) return false;
  // a mapping that is being changed cannot be deleted
  if (!(await ports.streamReaders.disconnect(table))) return false;
  await ports.tables.delete(table);
  return true;
};

/**
 * True once the migration's one backup of the table is complete. Its ARN is recorded right after the backup is
 * requested. If the step dies before that, the backup is found by its name.
 */
const isBackedUp = async (ports: Ports, migration: Migration): Promise<boolean> => {
  const { finalBackup, source, migrationId } = migration;
  if (finalBackup === NO_BACKUPS) return true;
  const state = finalBackup === undefined ? 'gone' : await ports.tables.backup(finalBackup);
  if (state !== 'gone') return state === 'available';
  const name = `${source.table.slice(0, BACKUP_NAME_CHARACTERS - migrationId.length - 1)}-${migrationId}`;
  const arn = await ports.tables.backUp(source.table, name);
  await ports.migrations.update(migration, { finalBackup: arn ?? NO_BACKUPS });
  return arn === undefined;
};

const NO_BACKUPS = 'none: the engine has no backups';

/** Seconds between two polls of a backup: the minimum and the maximum. */
const [MIN_WAIT, MAX_WAIT] = [3, 300];
/**
 * Share of the time waited so far that the next wait takes: a backup of any length is polled a few hundred times at
 * most.
 */
const WAIT_SHARE = 1 / 20;

/** The record has not changed since the backup was noted, so its time is that of the backup. */
const waitSeconds = ({ clock }: Pick<Ports, 'clock'>, { updatedAt }: Migration): number => {
  const waited = (clock.now() - updatedAt) / 1_000;
  return Math.min(MAX_WAIT, Math.max(MIN_WAIT, Math.ceil(waited * WAIT_SHARE)));
};
