import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { currentRoute } from './current-route.ts';
import { withLease } from './route.ts';

const MS = 1_000;

/**
 * Shortens the lease before the cutover, and says how long the old one may still be out there: as long as the
 * deployment's, also where an earlier try has shortened it already and nobody knows when.
 */
export const shortenLease = async (ports: Ports, migration: Migration): Promise<{ waitSeconds: number }> => {
  const { leaseMs, cutoverLeaseMs } = ports.settings;
  const route = await currentRoute(ports, migration);
  const old = Math.max(route.leaseMs, leaseMs);
  if (old <= cutoverLeaseMs) return { waitSeconds: 0 };
  const short = withLease(route, Math.min(route.leaseMs, cutoverLeaseMs));
  if (short !== route) await ports.routes.compareAndSet(route, short);
  return { waitSeconds: Math.ceil(old / MS) };
};
