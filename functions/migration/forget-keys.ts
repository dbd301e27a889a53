import type { MigrationId } from './names.ts';
import type { Ports } from './ports.ts';

/**
 * Removes the tenant's keys from the records of a migration that has closed, and hashes of its items: a key may hold a
 * person's name, and hashes of few possible values can be guessed. Keys that differed, or that a plan names, stay for the
 * operator. Only after the change of status: steps of an open migration need the segments' ranges.
 */
export const forgetKeys = async (ports: Ports, migrationId: MigrationId): Promise<void> => {
  await ports.segments.forgetKeys(migrationId);
  await ports.migrations.forgetKeys(migrationId);
};
