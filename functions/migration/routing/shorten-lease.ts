import { type Direction, wayOf } from '../apply/way.ts';
import type { Migration } from '../migration.ts';
import { epochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import { currentRoute } from './current-route.ts';
import { withLease } from './route.ts';

const MS = 1_000;
/** Longest time between two rounds of applying while long leases run out, in s. */
const LOOK_SECONDS = 5;

/**
 * Shortens the lease before the cutover, so that the fence waits a short one only, and says whether every router that had
 * a long one must have asked again. If no record says when it was shortened, it counts from now.
 * @returns `out: false` with how long to go on applying before asking again.
 */
export const shortenLease = async (
  ports: Ports,
  migration: Migration,
  direction: Direction,
): Promise<{ out: boolean; waitSeconds: number }> => {
  const { leaseMs, cutoverLeaseMs, leaseGraceMs } = ports.settings;
  const route = await currentRoute(ports, migration);
  const way = await wayOf(ports, migration, direction);
  if (route.table === way.to.table) return { out: true, waitSeconds: 0 };
  const old = Math.max(route.leaseMs, leaseMs);
  const isShort = route.leaseMs <= cutoverLeaseMs;
  if (isShort && (old <= cutoverLeaseMs || migration.longLeasesOutAt !== undefined)) {
    const left = (migration.longLeasesOutAt ?? 0) - ports.clock.now();
    return { out: left <= 0, waitSeconds: Math.min(Math.max(1, Math.ceil(left / MS)), LOOK_SECONDS) };
  }
  const { status, attempt } = migration;
  const short = withLease(route, Math.min(route.leaseMs, cutoverLeaseMs));
  const shortened = await ports.migrations.transition(
    migration,
    status,
    {
      who: `workflow, attempt ${attempt}`,
      why: `lease shortened to ${short.leaseMs} ms`,
      at: ports.clock.now(),
    },
    // of an earlier shortening, since which the lease has been long again
    { longLeasesOutAt: undefined },
    { from: route, to: short },
  );
  const waitMs = old + leaseGraceMs;
  // Counted from after the change: until it was made, however long that took, routers were given long leases. If this
  // step dies in between, no time is noted, and the next one counts from its own.
  await ports.migrations.update(shortened, { longLeasesOutAt: epochMs(ports.clock.now() + waitMs) });
  return { out: false, waitSeconds: Math.min(Math.max(1, Math.ceil(waitMs / MS)), LOOK_SECONDS) };
};
