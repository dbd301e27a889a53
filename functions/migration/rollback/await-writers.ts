import { lateCallsOut } from '../late-calls.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { staleReadsOutAt } from '../routing/stale-reads.ts';
import type { Claim } from '../segment.ts';

const MS = 1_000;

/**
 * Whether every worker that may still write to the target is gone, and everybody who may still read from it. A worker of an execution that died lets go of its
 * claim by running out of it: it stops by its own clock before the claim is over. A write that a worker has given up may
 * arrive for `lateCallMs` more: what it puts behind the discarding would stay.
 */
export const awaitWriters = async (
  ports: Ports,
  migration: Migration,
): Promise<{ gone: boolean; waitSeconds: number }> => {
  const { migrationId } = migration;
  const claims: Claim[] = [];
  for await (const { claim } of ports.segments.list(migrationId)) if (claim) claims.push(claim);
  const applier = await ports.appliers.current(migrationId);
  if (applier) claims.push(applier);
  const calls = await lateCallsOut(ports, migrationId, claims);
  const readsOutAt = migration.flippedBackAt === undefined ? 0 : await staleReadsOutAt(ports, migration);
  const readsLeft = readsOutAt - ports.clock.now();
  return {
    gone: calls.out && readsLeft <= 0,
    waitSeconds: Math.max(calls.waitSeconds, Math.ceil(readsLeft / MS)),
  };
};
