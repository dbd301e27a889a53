import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Whether the tenant lives on the target now: of a migration on its way back the status does not say it. */
export const isOnTarget = async (ports: Ports, { tenantId, target }: Migration): Promise<boolean> => {
  if (!target.table) return false;
  return (await ports.routes.get(tenantId))?.table === target.table;
};
