import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Releases the source's slot and the tenant's lock, so that the tenant may be migrated again. */
export const releaseSource = async (ports: Ports, migration: Migration): Promise<void> => {
  await ports.registry.release(migration);
  await ports.registry.unlock(migration.tenantId, migration.migrationId);
};
