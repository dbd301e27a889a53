import type { Home } from '../migration.ts';
import type { Settings } from '../settings.ts';
import type { Tenant } from './records.ts';

/** Returns the registry's fields for a tenant with this tier, placement and table, including the tier's limit of schools. */
export const homeIn = (
  settings: Pick<Settings, 'tiers'>,
  { tier, placement, table }: Home,
): NonNullable<Tenant['pending']> => {
  const maxSchools = settings.tiers.find(({ name }) => name === tier)?.maxSchools;
  return { tier, placement, table, ...(maxSchools === undefined ? {} : { maxSchools }) };
};
