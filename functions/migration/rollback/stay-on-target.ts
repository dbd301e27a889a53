import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { MigrationChange } from '../record/migrations-port.ts';
import { notSafe, onSourceRefusal } from '../record/refusals.ts';
import { currentRoute } from '../route/current-route.ts';
import { addFenceTime } from '../route/fence-times.ts';
import { reopen, withLease } from '../route/route.ts';

/**
 * Ends a rollback that has not flipped. The migration returns to `holding`, and the tenant stays on the target with writes
 * open and the long lease. The route changes in the same transaction, so either this or the rollback's flip succeeds.
 * Earlier comparisons become void, since the rollback may have written to the kept source.
 * @throws NotSafe if the tenant does not live on the target
 * @throws Conflict, RouteMoved
 */
export const stayOnTarget = async (
  ports: Ports,
  migration: Migration,
  { who, reason }: { readonly who: string; readonly reason: string },
  change: Pick<MigrationChange, 'attempt'> = {},
): Promise<Migration> => {
  const { migrationId, target } = migration;
  const route = await currentRoute(ports, migration);
  if (target.table === undefined || route.table !== target.table)
    throw notSafe(onSourceRefusal(migration), migration);
  const { leaseMs } = ports.settings;
  const at = ports.clock.now();
  const open = withLease(reopen(route, { migrationId, leaseMs }), leaseMs);
  return ports.migrations.transition(
    migration,
    'holding',
    { who, reason, at },
    {
      ...change,
      cancellation: undefined,
      longLeasesOutAt: undefined,
      fencedAt: undefined,
      ...addFenceTime(migration, at),
      convergence: undefined,
      rollbackStoppedIn: migration.attempt,
    },
    { from: route, to: open },
  );
};
