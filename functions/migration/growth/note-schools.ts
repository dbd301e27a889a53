import type { Change } from '../capture/capture-changes.ts';
import { TableNotFound } from '../errors.ts';
import type { TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { tierOf } from '../settings.ts';
import { considerMove } from './consider-move.ts';
import { countSchools, isSchool } from './count-schools.ts';

const BY = 'schools counted';

/**
 * Takes the count of each tenant who has more or fewer schools than before in its live table, notes it, and asks for the
 * tenant's move where it has outgrown its tier. The changes only say where to look: late, repeated or in any order they
 * make no difference. One read of the routes for all of them, and two read units a school for each tenant.
 */
export const noteSchools = async (
  ports: Ports,
  table: TableName,
  changes: readonly Change[],
): Promise<void> => {
  const tenants = new Set(changes.filter(isOfSchool).map(({ tenantId }) => tenantId));
  if (tenants.size === 0) return;
  const routes = await ports.routes.getMany([...tenants]);
  for (const [tenantId, route] of routes) {
    // what a migration puts into a table, or cleans out of one, is no growth
    if (route.table === table) await count(ports, tenantId, table);
  }
};

const isOfSchool = ({ key, kind }: Change): boolean => kind !== 'changed' && isSchool(key);

const count = async (ports: Ports, tenantId: TenantId, table: TableName): Promise<void> => {
  const tenant = await ports.registry.tenant(tenantId);
  if (!tenant) return;
  const most = highestLimit(ports);
  // in a tier without a limit nothing is decided by it
  if (tierOf(ports.settings, tenant.tier)?.maxSchools === undefined || most === undefined) return;
  const at = ports.clock.now();
  const schools = await schoolsIn(ports, tenantId, table, most + 1);
  // a table that it has left meanwhile may have been half cleaned out when it was counted
  if (schools === undefined || (await ports.routes.get(tenantId))?.table !== table) return;
  await ports.registry.count(tenantId, { schools, at });
  await considerMove(ports, { ...tenant, schoolCount: schools }, BY);
};

/** One more than the catalogue's highest limit is all that a decision needs to know. */
const highestLimit = ({ settings: { tiers } }: Ports): number | undefined => {
  const limits = tiers.flatMap(({ maxSchools }) => maxSchools ?? []);
  return limits.length > 0 ? Math.max(...limits) : undefined;
};

const schoolsIn = async (
  ports: Ports,
  tenantId: TenantId,
  table: TableName,
  most: number,
): Promise<number | undefined> => {
  try {
    return (await countSchools(ports, { tenantId, table }, most)).schools;
  } catch (error) {
    if (error instanceof TableNotFound) return undefined;
    throw error;
  }
};
