import type { Status } from '../life-cycle.ts';
import type { MigrationId, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { type Route, reopen } from './route.ts';

/**
 * Reopens the overdue fences of all tenants (I5), whether or not an execution still runs: the second watchdog, which depends
 * on none. It goes by the routes alone, so that a damaged or missing record of a migration keeps no tenant's writes closed.
 * One tenant's failure affects no other tenant, nor the caller: it is logged, and the next call tries again.
 * @returns the migrations whose fences it reopened. Never rejects.
 */
export const reopenOverdueFences = async (ports: Ports): Promise<readonly MigrationId[]> => {
  const overdue = await overdueRoutes(ports);
  // side by side: a call that hangs must not use up the time of the others
  const reopened = await Promise.all(overdue.map(({ tenantId }) => reopenIfOverdue(ports, tenantId)));
  return reopened.flatMap((migrationId) => migrationId ?? []);
};

/** True if the route's fence is past its deadline. */
export const isOverdue = ({ fence }: Pick<Route, 'fence'>, now: number): boolean =>
  fence !== undefined && fence.deadline <= now;

/** Returns those of them that could be read. */
const overdueRoutes = async (ports: Ports): Promise<readonly Route[]> => {
  const found: Route[] = [];
  try {
    for await (const route of ports.routes.fenced())
      if (isOverdue(route, ports.clock.now())) found.push(route);
  } catch (error) {
    ports.log.warn({ error: nameOf(error) }, 'not every route could be read to look for its fence');
  }
  return found;
};

const reopenIfOverdue = async (ports: Ports, tenantId: TenantId): Promise<MigrationId | undefined> => {
  try {
    const route = await ports.routes.get(tenantId);
    if (!route?.fence || !isOverdue(route, ports.clock.now())) return undefined;
    const { migrationId } = route.fence;
    await reopenOverdueFence(ports, { migrationId, tenantId }, route);
    return migrationId;
  } catch (error) {
    ports.log.warn({ tenantId, error: nameOf(error) }, 'overdue fence not reopened for now');
    return undefined;
  }
};

/** The migration that fenced; its status for the log, if it is known. */
interface FencingMigration {
  readonly migrationId: MigrationId;
  readonly tenantId: TenantId;
  readonly status?: Status;
}

/**
 * Opens the tenant's writes by the same compare-and-set on the epoch that the flip uses, so that one of the two wins. The
 * lease stays short: the migration may try again, and a rollback makes it long. @throws Conflict
 */
export const reopenOverdueFence = async (
  ports: Ports,
  migration: FencingMigration,
  route: Route,
): Promise<void> => {
  const { migrationId, tenantId, status } = migration;
  const ms = ports.clock.now() - (route.fence?.deadline ?? ports.clock.now());
  await ports.routes.compareAndSet(route, reopen(route, { migrationId, leaseMs: route.leaseMs }));
  ports.metrics.put({ FenceOverdue: 1 }, migration);
  ports.log.warn({ migrationId, tenantId, status, ms }, 'overdue fence reopened');
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');
