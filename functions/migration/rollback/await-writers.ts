import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { staleReadsOutAt } from '../routing/stale-reads.ts';

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
  let until: number = now;
  for await (const segment of ports.segments.list(migration.migrationId)) {
    if (segment.claim) until = Math.max(until, segment.claim.until);
  }
  const readsOutAt = migration.flippedBackAt === undefined ? 0 : await staleReadsOutAt(ports, migration);
  until = Math.max(until, readsOutAt, (await ports.appliers.current(migration.migrationId))?.until ?? 0);
  return { gone: until <= now, waitSeconds: Math.max(1, Math.ceil((until - now) / MS)) };
};
