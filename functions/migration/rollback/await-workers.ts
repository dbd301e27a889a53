import { lateCallsExpired } from '../claims/late-calls.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { staleReadsOutAt } from '../route/stale-reads.ts';
import type { Claim } from '../segment.ts';

const MS = 1_000;

/**
 * Returns `areGone: true` once no worker can write to the target any more and no router can read from it. A worker of a dead
 * execution stops by its own clock before its claim ends, so its claim is waited out. A write that got no answer may take
 * effect for another `lateCallMs`; if it came after the target was discarded, its item would stay there.
 */
export const awaitWorkers = async (
  ports: Ports,
  migration: Migration,
): Promise<{ areGone: boolean; waitSeconds: number }> => {
  const { migrationId } = migration;
  const claims: Claim[] = [];
  for await (const { claim } of ports.segments.list(migrationId)) if (claim) claims.push(claim);
  const applier = await ports.appliers.current(migrationId);
  if (applier) claims.push(applier);
  const calls = await lateCallsExpired(ports, migrationId, claims);
  const readsOutAt = migration.reverseFlippedAt === undefined ? 0 : await staleReadsOutAt(ports, migration);
  const readsLeft = readsOutAt - ports.clock.now();
  return {
    areGone: calls.out && readsLeft <= 0,
    waitSeconds: Math.max(calls.waitSeconds, Math.ceil(readsLeft / MS)),
  };
};
