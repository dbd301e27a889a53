import { isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Whether the tenant lives on the target. A crash may fall between the flip and the status that tells of it. */
export const hasFlipped = async (ports: Ports, migration: Migration): Promise<boolean> => {
  if (isFlipped(migration.status)) return !migration.dryRun;
  if (!migration.target.table) return false;
  const route = await ports.routes.get(migration.tenantId);
  return route?.table === migration.target.table;
};
