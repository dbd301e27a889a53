/** The settings that determine how long a fence waits for routers. */
export interface Leases {
  readonly leaseMs: number;
  readonly cutoverLeaseMs: number;
  readonly leaseGraceMs: number;
}

/** Share of the fence's time in which work may run; the rest is for the flip. */
export const WORKING_SHARE = 0.8;

/**
 * Time that a fence takes beyond the lease, in ms: for sentinels to pass through two streams, and for the last keys.
 * Lambda polls a stream four times a second.
 */
const PROPAGATION_MS = 500;

/** Returns the time for which writes are fenced in a cutover without delays, in ms. */
export const expectedFenceMs = ({ leaseMs, cutoverLeaseMs, leaseGraceMs }: Leases): number =>
  Math.min(leaseMs, cutoverLeaseMs) + leaseGraceMs + PROPAGATION_MS;

/** Returns the smallest `maxFenceMs` with which a cutover reaches its flip, in ms. */
export const leastFenceMs = (leases: Leases): number => Math.ceil(expectedFenceMs(leases) / WORKING_SHARE);
