import type { TierTable } from '../api/schema.ts';

/** Occupancy of a tier table. */
export interface Occupancy {
  /** Tenants in it, including those that are leaving, and slots reserved for arriving tenants. */
  readonly used: number;
  readonly limit: number;
  readonly free: number;
  readonly coming: number;
  readonly departing: number;
}

/** Counts the slots of a table. A table that takes no tenant has no free slot, whatever its limit. */
export const occupancyOf = ({ freeSlots, tenants, reserved, departing, state }: TierTable): Occupancy => {
  const used = tenants + reserved + departing;
  return {
    ...{ used, limit: used + Math.max(0, freeSlots), free: state === 'active' ? Math.max(0, freeSlots) : 0 },
    ...{ coming: reserved, departing },
  };
};
