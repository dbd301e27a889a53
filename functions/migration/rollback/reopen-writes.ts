import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { reopen, withLease } from '../route/route.ts';

/**
 * Reopens writes on the source if this migration has fenced them, and makes the lease long again. Leaves the lease as it is
 * if this migration does not hold the tenant lock, since another migration may have shortened it.
 */
export const reopenWrites = async (ports: Ports, migration: Migration): Promise<void> => {
  const route = await ports.routes.get(migration.tenantId);
  if (!route) return;
  const { leaseMs } = ports.settings;
  const reopened = reopen(route, { migrationId: migration.migrationId, leaseMs });
  const open = migration.locked ? withLease(reopened, leaseMs) : reopened;
  if (open !== route) await ports.routes.compareAndSet(route, open);
};
