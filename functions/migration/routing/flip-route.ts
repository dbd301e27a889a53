import { advance } from '../advance.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { currentRoute } from './current-route.ts';
import { flip } from './route.ts';

/** Makes the target live by one compare-and-set on the epoch. @throws FenceExpired @throws RouteMoved @throws Conflict */
export const flipRoute = async (ports: Ports, migration: Migration): Promise<void> => {
  const { table } = await cleanUpRecord(ports, migration);
  const route = await currentRoute(ports, migration);
  const flipped = flip(route, {
    migrationId: migration.migrationId,
    target: table,
    leaseMs: ports.settings.leaseMs,
    now: ports.clock.now(),
  });
  if (flipped !== route) await ports.routes.compareAndSet(route, flipped);
  await advance(ports, migration, 'holding', 'flipped', { flippedAt: ports.clock.now() });
};
