import { transferOf } from '../apply/transfer.ts';
import { formatDuration } from '../format-duration.ts';
import type { Direction, Migration } from '../migration.ts';
import { epochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import { currentRoute } from '../route/current-route.ts';
import { withLease } from '../route/route.ts';

const MS = 1_000;
/** Maximum time between two rounds of applying while long leases run out, in s. */
const MAX_POLL_SECONDS = 5;

/**
 * Shortens the lease before the cutover, so that the fence waits only for short leases. If the time of the shortening was
 * not saved, the long leases are counted from now.
 * @returns `expired: true` once every long lease has run out; before that, the time to apply changes until the next call, in s.
 */
export const shortenLease = async (
  ports: Ports,
  migration: Migration,
  direction: Direction,
): Promise<{ expired: boolean; waitSeconds: number }> => {
  const { leaseMs, cutoverLeaseMs, leaseGraceMs } = ports.settings;
  const route = await currentRoute(ports, migration);
  const transfer = await transferOf(ports, migration, direction);
  if (route.table === transfer.to.table) return { expired: true, waitSeconds: 0 };
  const old = Math.max(route.leaseMs, leaseMs);
  const isShort = route.leaseMs <= cutoverLeaseMs;
  if (isShort && (old <= cutoverLeaseMs || migration.longLeasesOutAt !== undefined)) {
    const left = (migration.longLeasesOutAt ?? 0) - ports.clock.now();
    return { expired: left <= 0, waitSeconds: Math.min(Math.max(1, Math.ceil(left / MS)), MAX_POLL_SECONDS) };
  }
  const { status, attempt } = migration;
  const short = withLease(route, Math.min(route.leaseMs, cutoverLeaseMs));
  const shortened = await ports.migrations.transition(
    migration,
    status,
    {
      who: `workflow, attempt ${attempt}`,
      reason: `lease shortened to ${formatDuration(short.leaseMs)}`,
      at: ports.clock.now(),
    },
    // clears the time of an earlier shortening, since the lease has been long again
    { longLeasesOutAt: undefined },
    { from: route, to: short },
  );
  const waitMs = old + leaseGraceMs;
  // Counted from after the transaction: until it took effect, routers received long leases. If this step dies before the
  // update, no time is saved, and the next step counts from its own time.
  await ports.migrations.update(shortened, { longLeasesOutAt: epochMs(ports.clock.now() + waitMs) });
  return { expired: false, waitSeconds: Math.min(Math.max(1, Math.ceil(waitMs / MS)), MAX_POLL_SECONDS) };
};
