import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/records.ts';
import { tierOf } from '../settings.ts';
import { considerMove } from './consider-move.ts';
import { schoolsIfThere } from './count-schools.ts';

/**
 * Takes the count of a tenant's schools in its live table, notes it, and asks for the tenant's move where it has outgrown
 * its tier. Two read units a school; where the tier has no limit nothing is decided by the count, and none is taken.
 */
export const recount = async (ports: Ports, tenant: Tenant, by: string): Promise<void> => {
  const { tenantId, table } = tenant;
  const most = highestLimit(ports);
  if (tierOf(ports.settings, tenant.tier)?.maxSchools === undefined || most === undefined) {
    await considerMove(ports, tenant, by);
    return;
  }
  const at = ports.clock.now();
  const schools = await schoolsIfThere(ports, tenant, most + 1);
  // a table that it has left meanwhile may have been half cleaned out when it was counted
  if (schools === undefined || (await ports.routes.get(tenantId))?.table !== table) return;
  await ports.registry.count(tenantId, { schools, at });
  await considerMove(ports, { ...tenant, schoolCount: schools }, by);
};

/** One more than the catalogue's highest limit is all that a decision needs to know. */
const highestLimit = ({ settings: { tiers } }: Ports): number | undefined => {
  const limits = tiers.flatMap(({ maxSchools }) => maxSchools ?? []);
  return limits.length > 0 ? Math.max(...limits) : undefined;
};
