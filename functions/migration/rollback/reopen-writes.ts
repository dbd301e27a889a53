import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { reopen } from '../routing/route.ts';

/** Opens the source to writes again, if this migration has closed it. */
export const reopenWrites = async (ports: Ports, migration: Migration): Promise<void> => {
  const route = await ports.routes.get(migration.tenantId);
  if (!route) return;
  const open = reopen(route, { migrationId: migration.migrationId, leaseMs: ports.settings.leaseMs });
  if (open !== route) await ports.routes.compareAndSet(route, open);
};
