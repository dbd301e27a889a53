import type { Status } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { type Route, reopen } from './route.ts';

/** The statuses in which a migration may hold a fence: the fence and the status change in one transaction. */
const FENCING: readonly Status[] = ['cuttingOver', 'rollingBack'];

/**
 * Reopens the overdue fences of all migrations (I5), whether or not an execution of theirs still runs: the second watchdog,
 * which depends on none. One tenant's failure affects no other tenant, nor the caller: it is logged, and the next call
 * tries again.
 * @returns the migrations whose fences it reopened. Never rejects.
 */
export const reopenOverdueFences = async (ports: Ports): Promise<readonly MigrationId[]> => {
  const found = await Promise.all(FENCING.map((status) => migrationsIn(ports, status)));
  // side by side: a call that hangs must not use up the time of the others
  const reopened = await Promise.all(found.flat().map((migration) => reopenIfOverdue(ports, migration)));
  return reopened.flatMap((migrationId) => migrationId ?? []);
};

/** Returns what could be read of them. */
const migrationsIn = async (ports: Ports, status: Status): Promise<readonly Migration[]> => {
  const found: Migration[] = [];
  try {
    for await (const migration of ports.migrations.list({ status })) found.push(migration);
  } catch (error) {
    ports.log.warn(
      { status, error: nameOf(error) },
      'not every migration could be read to look for its fence',
    );
  }
  return found;
};

const reopenIfOverdue = async (ports: Ports, migration: Migration): Promise<MigrationId | undefined> => {
  const { migrationId, tenantId, status } = migration;
  try {
    const route = await ports.routes.get(tenantId);
    if (!route || route.fence?.migrationId !== migrationId) return undefined;
    if (route.fence.deadline > ports.clock.now()) return undefined;
    await reopenOverdueFence(ports, migration, route);
    return migrationId;
  } catch (error) {
    ports.log.warn(
      { migrationId, tenantId, status, error: nameOf(error) },
      'overdue fence not reopened for now',
    );
    return undefined;
  }
};

/**
 * Opens the tenant's writes by the same compare-and-set on the epoch that the flip uses, so that one of the two wins. The
 * lease stays short: the migration may try again, and a rollback makes it long. @throws Conflict
 */
export const reopenOverdueFence = async (
  ports: Ports,
  migration: Pick<Migration, 'migrationId' | 'tenantId' | 'status'>,
  route: Route,
): Promise<void> => {
  const { migrationId, tenantId, status } = migration;
  const ms = ports.clock.now() - (route.fence?.deadline ?? ports.clock.now());
  await ports.routes.compareAndSet(route, reopen(route, { migrationId, leaseMs: route.leaseMs }));
  ports.metrics.put({ FenceOverdue: 1 }, migration);
  ports.log.warn({ migrationId, tenantId, status, ms }, 'overdue fence reopened');
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');
