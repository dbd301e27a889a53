import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/tenant.ts';
import { tierOf } from '../settings/settings.ts';
import { requestMoveIfNeeded } from './request-move-if-needed.ts';
import { countSchoolsIfTableExists } from './tenant-schools.ts';

/**
 * Counts a tenant's schools in its live table, records the count, and requests the tenant's move if it has outgrown its
 * tier. Costs two read units per school. If the tier has no limit the count decides nothing, so it is skipped.
 */
export const recountSchools = async (ports: Ports, tenant: Tenant, by: string): Promise<void> => {
  const { tenantId, table } = tenant;
  const most = highestLimit(ports);
  if (tierOf(ports.settings, tenant.tier)?.maxSchools === undefined || most === undefined) {
    await requestMoveIfNeeded(ports, tenant, by);
    return;
  }
  const at = ports.clock.now();
  const schools = await countSchoolsIfTableExists(ports, tenant, most + 1);
  // if the tenant has left the table in the meantime, the table may have been half emptied when it was counted
  if (schools === undefined || (await ports.routes.get(tenantId))?.table !== table) return;
  await ports.registry.setSchoolCount(tenantId, { schools, at });
  await requestMoveIfNeeded(ports, { ...tenant, schoolCount: schools }, by);
};

/** Returns the catalogue's highest limit. A decision needs to know no count above one more than that. */
const highestLimit = ({ settings: { tiers } }: Ports): number | undefined => {
  const limits = tiers.flatMap(({ maxSchools }) => maxSchools ?? []);
  return limits.length > 0 ? Math.max(...limits) : undefined;
};
