import type { Migration } from '../migration.ts';
import { type EpochMs, epochMs } from '../names.ts';
import type { Ports } from '../ports.ts';

/**
 * Returns until when a read may still reach the table that was live before the flip: a router that asked for its route under
 * the fence may use it for one short lease (I3). Call it after the flip only. The first call notes the time, counted from
 * its own: `flippedAt` was taken before the flip's transaction, which may have been on its way for seconds.
 * @throws Conflict if the migration has moved on.
 */
export const staleReadsOutAt = async (ports: Ports, migration: Migration): Promise<EpochMs> => {
  if (migration.staleReadsOutAt !== undefined) return migration.staleReadsOutAt;
  const { leaseMs, cutoverLeaseMs, leaseGraceMs } = ports.settings;
  const outAt = epochMs(ports.clock.now() + Math.min(leaseMs, cutoverLeaseMs) + leaseGraceMs);
  await ports.migrations.update(migration, { staleReadsOutAt: outAt });
  return outAt;
};
