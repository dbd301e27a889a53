import type { Home } from '../migration.ts';
import type { Settings } from '../settings.ts';
import type { Tenant } from './records.ts';

/** What the registry says of a tenant that lives there: with the limits of its tier. */
export const homeIn = (
  settings: Pick<Settings, 'tiers'>,
  { tier, placement, table }: Home,
): NonNullable<Tenant['pending']> => {
  const maxSchools = settings.tiers.find(({ name }) => name === tier)?.maxSchools;
  return { tier, placement, table, ...(maxSchools === undefined ? {} : { maxSchools }) };
};
