import type { Status } from '../life-cycle.ts';
import type { MigrationId, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { type Route, reopen } from '../route/route.ts';

/**
 * Reopens the overdue fences of all tenants (I5). This is the second watchdog, which works without any execution. It reads
 * routes only, so that writes do not stay fenced because a migration's record is damaged or missing. A tenant's failure
 * affects neither other tenants nor the caller: it is logged, and the next call tries again. Never rejects.
 * @returns the migrations whose fences were reopened.
 */
export const reopenOverdueFences = async (ports: Ports): Promise<readonly MigrationId[]> => {
  const overdue = await overdueRoutes(ports);
  // concurrently, so that a call that hangs does not use up the time of the others
  const reopened = await Promise.all(overdue.map(({ tenantId }) => reopenIfOverdue(ports, tenantId)));
  return reopened.flatMap((migrationId) => migrationId ?? []);
};

/** True if the route's fence is past its deadline. */
export const isOverdue = ({ fence }: Pick<Route, 'fence'>, now: number): boolean =>
  fence !== undefined && fence.deadline <= now;

/** Returns the routes with overdue fences, as far as they can be read. */
const overdueRoutes = async (ports: Ports): Promise<readonly Route[]> => {
  const found: Route[] = [];
  try {
    for await (const route of ports.routes.fenced())
      if (isOverdue(route, ports.clock.now())) found.push(route);
  } catch (error) {
    ports.log.warn(
      { error: nameOf(error) },
      'some routes could not be read; their overdue fences are checked at the next run',
    );
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
    ports.log.warn(
      { tenantId, error: nameOf(error) },
      'overdue fence not reopened; the next run tries again',
    );
    return undefined;
  }
};

/** The migration that fenced the tenant, with its status for the log if it is known. */
interface FencingMigration {
  readonly migrationId: MigrationId;
  readonly tenantId: TenantId;
  readonly status?: Status;
}

/**
 * Reopens the tenant's writes by the same compare-and-set on the epoch that the flip uses, so that only one of the two
 * succeeds. The lease stays short, since the migration may try again; a rollback makes it long. @throws Conflict
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
