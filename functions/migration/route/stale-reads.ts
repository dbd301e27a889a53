import type { Migration } from '../migration.ts';
import { type EpochMs, epochMs } from '../names.ts';
import type { Ports } from '../ports.ts';

/**
 * Returns the time until which a read may still reach the table that was live before the flip: a router that read its route
 * under the fence may use it for one short lease (I3). To be called after the flip only. The first call saves the time,
 * counted from now and not from `flippedAt`, which precedes the flip's transaction by up to some seconds.
 * @throws Conflict if the migration has moved on
 */
export const staleReadsOutAt = async (ports: Ports, migration: Migration): Promise<EpochMs> => {
  if (migration.staleReadsOutAt !== undefined) return migration.staleReadsOutAt;
  const { leaseMs, cutoverLeaseMs, leaseGraceMs } = ports.settings;
  const outAt = epochMs(ports.clock.now() + Math.min(leaseMs, cutoverLeaseMs) + leaseGraceMs);
  await ports.migrations.update(migration, { staleReadsOutAt: outAt });
  return outAt;
};
