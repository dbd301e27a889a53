import type { TierTable } from '../api/schema.ts';

/** Occupancy of a tier table. */
export interface Occupancy {
  /** Tenants in it, including those that are leaving, and slots reserved for arriving tenants. */
  readonly used: number;
  readonly limit: number;
  readonly free: number;
  readonly coming: number;
  readonly leaving: number;
}

/** Counts the slots of a table. A table that takes no tenant has no free slot, whatever its limit. */
export const occupancyOf = ({ room, tenants, reserved, leaving, state }: TierTable): Occupancy => {
  const used = tenants + reserved + leaving;
  return {
    ...{ used, limit: used + Math.max(0, room), free: state === 'active' ? Math.max(0, room) : 0 },
    ...{ coming: reserved, leaving },
  };
};
