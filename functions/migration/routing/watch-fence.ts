import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import { reopenOverdueFence } from './overdue-fences.ts';

const MS = 1_000;
/** Longest time between two looks, in ms. */
const LOOK_MS = 10_000;
/** Looks in the time that a fence may last: one that comes after a look is seen well before it is overdue. */
const LOOKS = 4;
/** How long after its start the watchdog waits for a fence to come, in ms: longer than the cutover with all its retries. */
const PATIENCE_MS = 30 * 60_000;

/**
 * Opens the tenant's writes where this migration's fence is past its deadline (I5). It leaves the lease short: the
 * migration may try again, and a roll-back restores it.
 * @param watchedSince when the watching began.
 * @returns `over` once there is no fence of this migration and none will come.
 * @throws Conflict where the route changed at the same moment: look again.
 */
export const watchFence = async (
  ports: Ports,
  migration: Migration,
  watchedSince: EpochMs,
): Promise<{ over: boolean; waitSeconds: number }> => {
  const { migrationId, tenantId, status } = migration;
  const now = ports.clock.now();
  const lookMs = Math.min(LOOK_MS, Math.max(MS, ports.settings.maxFenceMs / LOOKS));
  const route = await ports.routes.get(tenantId);
  if (!route || route.fence?.migrationId !== migrationId) {
    const comesNone = isClosed(status) || isFlipped(status) || now - watchedSince > PATIENCE_MS;
    return { over: !route || comesNone, waitSeconds: Math.ceil(lookMs / MS) };
  }
  const left = route.fence.deadline - now;
  if (left > 0) return { over: false, waitSeconds: Math.ceil(Math.min(left, lookMs) / MS) };
  await reopenOverdueFence(ports, migration, route);
  return { over: false, waitSeconds: Math.ceil(lookMs / MS) };
};
