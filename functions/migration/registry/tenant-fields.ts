import type { TenantLocation } from '../migration.ts';
import type { Settings } from '../settings/settings.ts';
import type { Tenant } from './tenant.ts';

/** Returns the registry's fields for a tenant with this tier, placement and table, including the tier's limit of schools. */
export const tenantFieldsOf = (
  settings: Pick<Settings, 'tiers'>,
  { tier, placement, table }: TenantLocation,
): NonNullable<Tenant['pending']> => {
  const maxSchools = settings.tiers.find(({ name }) => name === tier)?.maxSchools;
  return { tier, placement, table, maxSchools };
};
