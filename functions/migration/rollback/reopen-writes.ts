import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { reopen, withLease } from '../routing/route.ts';

/**
 * Opens the source to writes again, if this migration has closed it, with the lease as it was. Without the tenant's
 * lock the lease is another migration's business.
 */
export const reopenWrites = async (ports: Ports, migration: Migration): Promise<void> => {
  const route = await ports.routes.get(migration.tenantId);
  if (!route) return;
  const { leaseMs } = ports.settings;
  const reopened = reopen(route, { migrationId: migration.migrationId, leaseMs });
  const open = migration.locked ? withLease(reopened, leaseMs) : reopened;
  if (open !== route) await ports.routes.compareAndSet(route, open);
};
