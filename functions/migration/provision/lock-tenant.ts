import { advance } from '../advance.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** One migration a tenant. @throws TenantAlreadyMigrating where another one has the lock. */
export const lockTenant = async (ports: Ports, migration: Migration): Promise<void> => {
  await ports.registry.lock(migration.tenantId, migration.migrationId, migration.source.table);
  await advance(ports, { ...migration, locked: true }, 'provisioning', 'planned, tenant locked');
};
