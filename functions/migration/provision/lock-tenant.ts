import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { advance } from '../record/advance.ts';

/** Takes the tenant lock, which allows one migration per tenant. @throws TenantAlreadyMigrating if another one has it */
export const lockTenant = async (ports: Ports, migration: Migration): Promise<void> => {
  await ports.registry.lockTenant(migration.tenantId, migration.migrationId, migration.source.table);
  await advance(ports, { ...migration, locked: true }, 'provisioning', 'planned, tenant locked');
};
