import { fallbackIfDamaged } from '../fallback-if-damaged.ts';
import type { TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { recountSchools } from './recount-schools.ts';
import type { SchoolChanges } from './school-counts-port.ts';

const BY = 'schools counted';

/**
 * Recounts the schools of each tenant that has gained or lost some, in its live table, and requests its move if it has
 * outgrown its tier. The changes only tell which tenants to recount, so late, repeated or reordered changes make no
 * difference. Reads the routes of all tenants in one request. A tenant with a damaged record is skipped.
 */
export const countSchools = async (ports: Ports, { table, tenantIds }: SchoolChanges): Promise<void> => {
  const { routes } = await ports.routes.getMany(tenantIds);
  for (const [tenantId, route] of routes) {
    // items that a migration puts into a table, or removes from one, are not growth
    if (route.table === table) await fallbackIfDamaged(recountTenant(ports, tenantId, table), undefined);
  }
};

const recountTenant = async (ports: Ports, tenantId: TenantId, table: TableName): Promise<void> => {
  const tenant = await ports.registry.tenant(tenantId);
  // the registry's table is updated a moment after the route's
  if (tenant) await recountSchools(ports, { ...tenant, table }, BY);
};
