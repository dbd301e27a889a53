import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

const MS = 1_000;

/**
 * Whether every worker that may still write to the target is gone, and everybody who may still read from it. A worker of an execution that died lets go of its
 * claim by running out of it: it stops by its own clock before the claim is over.
 */
export const awaitWriters = async (
  ports: Ports,
  migration: Migration,
): Promise<{ gone: boolean; waitSeconds: number }> => {
  const now = ports.clock.now();
  const { leaseMs, cutoverLeaseMs, leaseGraceMs } = ports.settings;
  let until: number = now;
  for await (const segment of ports.segments.list(migration.migrationId)) {
    if (segment.claim) until = Math.max(until, segment.claim.until);
  }
  // a read that asked under the fence of the way back may still be on its way to the target
  const readsEnd = (migration.flippedBackAt ?? 0) + Math.min(leaseMs, cutoverLeaseMs) + leaseGraceMs;
  until = Math.max(until, readsEnd, (await ports.appliers.current(migration.migrationId))?.until ?? 0);
  return { gone: until <= now, waitSeconds: Math.max(1, Math.ceil((until - now) / MS)) };
};
