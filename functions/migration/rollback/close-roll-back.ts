import { endCapture } from '../capture/end-capture.ts';
import { forgetKeys } from '../forget-keys.ts';
import { isClosed, type Status } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { makeReport } from '../verify/make-report.ts';

/** Closes a rollback: ends capture, releases the tenant lock, saves the report and deletes journalled keys. @throws Conflict */
export const closeRollBack = async (ports: Ports, migration: Migration): Promise<void> => {
  if (!isClosed(migration.status)) await close(ports, migration);
  await forgetKeys(ports, migration.migrationId);
};

const close = async (ports: Ports, migration: Migration): Promise<void> => {
  const { migrationId, tenantId, attempt } = migration;
  await endCapture(ports, migration);
  await ports.registry.unlock(tenantId, migrationId);
  const to = outcome(migration);
  await ports.migrations.saveReport(migrationId, await makeReport(ports, { ...migration, status: to }));
  await ports.migrations.transition(migration, to, {
    who: `workflow, attempt ${attempt}`,
    why: to === 'failed' ? 'nothing had been changed yet' : 'all changes were undone',
    at: ports.clock.now(),
  });
};

/** Returns the final status: `failed` if the plan ended the migration, before anything was reserved. */
const outcome = (migration: Migration): Status => {
  if (migration.flippedBackAt !== undefined) return 'rolledBack';
  if (migration.cancellation) return 'cancelled';
  return migration.target.table ? 'rolledBack' : 'failed';
};
