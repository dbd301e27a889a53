import { NotSafe, Unavailable } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Whether the source's table goes as a whole: it was this tenant's alone, and ours. */
export const dropsSourceTable = async (
  { registry }: Pick<Ports, 'registry'>,
  { source }: Pick<Migration, 'source'>,
): Promise<boolean> =>
  source.placement === 'dedicated' && (await registry.table(source.table))?.adopted !== true;

/**
 * Deletes the dedicated table that the tenant has left, after a last backup. The registry must say that it was this
 * tenant's alone. @throws NotSafe where it does not.
 */
export const dropSourceTable = async (ports: Ports, migration: Migration): Promise<void> => {
  const { table } = migration.source;
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
  const found = await ports.tables.describe(table);
  if (!found || found.status === 'DELETING') return;
  // it has been read for long: nothing of that is still being changed
  if (!(await ports.streamReaders.disconnect(table)))
    throw new Unavailable(`the stream of ${table} is being connected to its readers`);
  const backup = await ports.tables.backUp(
    table,
    `${table.slice(0, BACKUP_NAME_CHARACTERS)}-${migration.migrationId}`.slice(0, 255),
  );
  await ports.migrations.update(migration, { finalBackup: backup ?? 'none: the engine has no backups' });
  await ports.tables.delete(table);
};

/** A backup's name has 255 characters at most [CreateBackup]; the migration's id needs its part. */
const BACKUP_NAME_CHARACTERS = 200;
