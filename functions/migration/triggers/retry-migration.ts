import { NotSafe, TenantAlreadyMigrating } from '../errors.ts';
import { isClosed, mayChange } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { findMigration } from './find-migration.ts';

/**
 * Starts the next attempt: from where the last one got to, or from the beginning where it was rolled back.
 * @throws NotSafe where the migration is complete or cancelled, or its execution is still under way.
 * @throws TenantAlreadyMigrating where another migration has the tenant's lock.
 */
export const retryMigration = async (ports: Ports, migrationId: string, by: string): Promise<Migration> => {
  const migration = await findMigration(ports, migrationId);
  if (isClosed(migration.status) && !mayChange(migration.status, 'queued')) {
    throw new NotSafe(`${migrationId} is ${migration.status}; request a new migration`);
  }
  if (await ports.workflow.isRunning(migration.migrationId, migration.attempt)) {
    throw new NotSafe(
      `${migrationId} is still running (attempt ${migration.attempt}); wait for it or cancel it`,
    );
  }
  const next = isClosed(migration.status)
    ? await begin(ports, migration, by)
    : await resume(ports, migration);
  await ports.workflow.start(next.migrationId, next.attempt);
  return next;
};

/** The attempt's number goes up first: whatever still runs of the last one finds itself stale. */
const resume = (ports: Ports, migration: Migration): Promise<Migration> =>
  ports.migrations.update(migration, { attempt: migration.attempt + 1 });

const begin = async (ports: Ports, migration: Migration, by: string): Promise<Migration> => {
  const tenant = await ports.registry.tenant(migration.tenantId);
  if (tenant?.table !== migration.source.table) {
    throw new NotSafe(
      `tenant ${migration.tenantId} is in ${tenant?.table ?? 'no table'} now; request a new migration`,
    );
  }
  if (tenant.lockedBy)
    throw new TenantAlreadyMigrating(`tenant ${migration.tenantId} is being migrated by ${tenant.lockedBy}`);
  const applier = await ports.appliers.current(migration.migrationId);
  if (applier && applier.until > ports.clock.now()) {
    throw new NotSafe(
      `a worker of the last attempt may still write until ${new Date(applier.until).toISOString()}; retry then`,
    );
  }
  // the record is closed, so nobody else works on its segments; they must be gone before anybody counts anew
  await ports.segments.removeAll(migration.migrationId);
  await ports.migrations.saveForeign(migration.migrationId, []);
  const { tier, placement } = migration.target;
  return ports.migrations.transition(
    migration,
    'queued',
    { who: by, why: 'retry', at: ports.clock.now() },
    {
      run: migration.run + 1,
      attempt: migration.attempt + 1,
      target: { tier, placement },
      registryChange: 'none',
      locked: false,
      stages: {},
      failure: undefined,
      cancellation: undefined,
      convergence: undefined,
      longLeasesOutAt: undefined,
      flippedBackAt: undefined,
      fencedAt: undefined,
      flippedAt: undefined,
    },
  );
};
