import type { MigrationId } from '../names.ts';
import type { Ports } from '../ports.ts';

/**
 * Removes the tenant's keys, and hashes of its items, from the records of a migration that has closed. A key may
 * contain a person's name, and a hash of few possible values can be guessed. Keys that differed, or that a plan names,
 * stay for the operator. Call it only after the change of status, because steps of an open migration need the segments'
 * ranges.
 */
export const forgetKeys = async (ports: Ports, migrationId: MigrationId): Promise<void> => {
  await ports.segments.forgetKeys(migrationId);
  await ports.migrations.forgetKeys(migrationId);
};
