import type { Change } from '../capture/capture-changes.ts';
import type { TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { unlessDamaged } from '../unless-damaged.ts';
import { isSchool } from './count-schools.ts';
import { recount } from './recount.ts';

const BY = 'schools counted';

/**
 * Counts the schools of each tenant who has more or fewer than before in its live table, and asks for its move where it
 * has outgrown its tier. The changes only say where to look: late, repeated or in any order they make no difference. One
 * read of the routes for all of them. A tenant with a damaged record is passed over.
 */
export const noteSchools = async (
  ports: Ports,
  table: TableName,
  changes: readonly Change[],
): Promise<void> => {
  const tenants = new Set(changes.filter(isOfSchool).map(({ tenantId }) => tenantId));
  if (tenants.size === 0) return;
  const { routes } = await ports.routes.getMany([...tenants]);
  for (const [tenantId, route] of routes) {
    // what a migration puts into a table, or cleans out of one, is no growth
    if (route.table === table) await unlessDamaged(recountTenant(ports, tenantId, table), undefined);
  }
};

const recountTenant = async (ports: Ports, tenantId: TenantId, table: TableName): Promise<void> => {
  const tenant = await ports.registry.tenant(tenantId);
  // the registry's table follows the route's a moment later
  if (tenant) await recount(ports, { ...tenant, table }, BY);
};

const isOfSchool = ({ key, kind }: Change): boolean => kind !== 'changed' && isSchool(key);
