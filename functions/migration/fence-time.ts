/** The settings that say how long the fence waits for routers. */
export interface Leases {
  readonly leaseMs: number;
  readonly cutoverLeaseMs: number;
  readonly leaseGraceMs: number;
}

/** The share of the fence's time in which work may go on; the rest is for the flip. */
export const WORKING_SHARE = 0.8;

/** Time that the fence takes beyond the lease: sentinels through two streams, and the last keys. Lambda reads a stream four times a second. */
const SETTLING_MS = 500;

/** Time for which writes are fenced if nothing is in the way, in ms. */
export const expectedFenceMs = ({ leaseMs, cutoverLeaseMs, leaseGraceMs }: Leases): number =>
  Math.min(leaseMs, cutoverLeaseMs) + leaseGraceMs + SETTLING_MS;

/** The smallest `maxFenceMs` with which a cutover comes to its flip, in ms. */
export const leastFenceMs = (leases: Leases): number => Math.ceil(expectedFenceMs(leases) / WORKING_SHARE);
