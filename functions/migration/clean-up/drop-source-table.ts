import { NotSafe } from '../errors.ts';
import { BACKUP_NAME_CHARACTERS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Whether the source's table goes as a whole: it was this tenant's alone, and ours. */
export const dropsSourceTable = async (
  { registry }: Pick<Ports, 'registry'>,
  { source }: Pick<Migration, 'source'>,
): Promise<boolean> =>
  source.placement === 'dedicated' && (await registry.table(source.table))?.adopted !== true;

/**
 * Deletes the dedicated table that the tenant has left, once a last backup of it is complete: while a backup is made its
 * table cannot be deleted. The registry must say that the table was this tenant's alone.
 * [DynamoDB developer guide, Backing up a DynamoDB table]
 * @returns `dropped` once the table is being deleted, or is gone. The state machine waits and asks again.
 * @throws NotSafe if it does not. @throws TableInUse, TableLimitExceeded
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
  // nothing is left to delete, also if another process did it
  if (!found || found.status === 'DELETING') return true;
  const registered = await ports.registry.table(table);
  const isOurs =
    registered?.placement === 'dedicated' &&
    registered.tenantId === migration.tenantId &&
    registered.tenants === 0 &&
    registered.adopted !== true;
  if (!isOurs)
    throw new NotSafe(
      `the registry does not say that ${table} was the table of ${migration.tenantId} alone; it is kept`,
    );
  if (!(await isBackedUp(ports, migration))) return false;
  // a mapping that is being changed cannot be deleted
  if (!(await ports.streamReaders.disconnect(table))) return false;
  await ports.tables.delete(table);
  return true;
};

/**
 * True once the migration's one backup of the table is complete. Its ARN is in the record before anything else happens; if
 * that was cut short, the backup is found by its name.
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

/** Seconds between two polls of a backup: at first, and at most. */
const [SHORTEST_WAIT, LONGEST_WAIT] = [3, 300];
/** Share of the time waited so far that the next wait takes, so that a backup of any length is polled a few hundred times. */
const WAIT_SHARE = 1 / 20;

/** The record has not changed since the backup was noted. */
const waitSeconds = ({ clock }: Pick<Ports, 'clock'>, { updatedAt }: Migration): number => {
  const waited = (clock.now() - updatedAt) / 1_000;
  return Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, Math.ceil(waited * WAIT_SHARE)));
};
