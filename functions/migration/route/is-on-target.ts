import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** True if the target is the tenant's live table. The status of a migration that is being rolled back does not show this. */
export const isOnTarget = async (ports: Ports, { tenantId, target }: Migration): Promise<boolean> => {
  if (!target.table) return false;
  return (await ports.routes.get(tenantId))?.table === target.table;
};
