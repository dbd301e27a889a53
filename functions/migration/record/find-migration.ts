import { MigrationNotFound } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId } from '../names.ts';
import type { Ports } from '../ports.ts';

/** Reads a migration's record. @throws MigrationNotFound */
export const findMigration = async (ports: Ports, migrationId: string): Promise<Migration> => {
  const migration = await ports.migrations.get(migrationId as MigrationId);
  if (!migration) throw migrationNotFound(migrationId);
  return migration;
};

export const migrationNotFound = (migrationId: string): MigrationNotFound =>
  new MigrationNotFound(`there is no migration '${migrationId}'`, {
    facts: { migrationId },
    next: { action: 'list-migrations' },
  });
