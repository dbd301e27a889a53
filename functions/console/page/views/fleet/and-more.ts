import { count } from '../../parts/formats.ts';

/**
 * Returns `27 more` for the tenants of a table that are not shown, by its count; undefined if there are none. It stays
 * on one line.
 */
export const andMore = (tenants: number, shown: number): string | undefined =>
  tenants > shown ? `${count(tenants - shown)}\u00a0more` : undefined;
