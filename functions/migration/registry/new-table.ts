import type { TableName, TenantId } from '../names.ts';
import type { Tier } from '../settings/settings.ts';
import type { TierTable } from './tier-table.ts';

/** Returns the record of a table without tenants. @param owner the tenant of a dedicated table; absent for a shared one. */
export const newTable = (
  tier: Pick<Tier, 'name' | 'maxTenants'>,
  table: TableName,
  owner?: { readonly tenantId: TenantId },
): TierTable => ({
  table,
  tier: tier.name,
  placement: owner ? 'dedicated' : 'shared',
  ...owner,
  freeSlots: owner ? 1 : tier.maxTenants,
  tenants: 0,
  reserved: 0,
  departing: 0,
  state: 'active',
});
