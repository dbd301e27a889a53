import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Releases the source's slot and the tenant's lock, so that the tenant may be migrated again. */
export const releaseSource = async (ports: Ports, migration: Migration): Promise<void> => {
  await ports.registry.releaseSource(migration);
  await ports.registry.unlockTenant(migration.tenantId, migration.migrationId);
};
