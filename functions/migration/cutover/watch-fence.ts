import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import { reopenOverdueFence } from './overdue-fences.ts';

const MS = 1_000;
/** Maximum time between two polls, in ms. */
const POLL_MS = 10_000;
/** Number of polls within the time that a fence may last, so that a fence is seen well before it is overdue. */
const POLLS_PER_FENCE = 4;
/** Time for which the watchdog waits for a fence, in ms. It is longer than the cutover with all its retries. */
const PATIENCE_MS = 30 * 60_000;

/**
 * Reopens the tenant's writes if this migration's fence is past its deadline (I5). The lease stays short, since the migration
 * may try again; a rollback makes it long.
 * @param watchedSince time at which the watchdog started.
 * @returns `over: true` once this migration has no fence and will set none.
 * @throws Conflict if the route was changed meanwhile; the caller reads it again
 */
export const watchFence = async (
  ports: Ports,
  migration: Migration,
  watchedSince: EpochMs,
): Promise<{ over: boolean; waitSeconds: number }> => {
  const { migrationId, tenantId, status } = migration;
  const now = ports.clock.now();
  const pollMs = Math.min(POLL_MS, Math.max(MS, ports.settings.maxFenceMs / POLLS_PER_FENCE));
  const route = await ports.routes.get(tenantId);
  if (!route || route.fence?.migrationId !== migrationId) {
    const noFenceExpected = isClosed(status) || isFlipped(status) || now - watchedSince > PATIENCE_MS;
    return { over: !route || noFenceExpected, waitSeconds: Math.ceil(pollMs / MS) };
  }
  const left = route.fence.deadline - now;
  if (left > 0) return { over: false, waitSeconds: Math.ceil(Math.min(left, pollMs) / MS) };
  await reopenOverdueFence(ports, migration, route);
  return { over: false, waitSeconds: Math.ceil(pollMs / MS) };
};
