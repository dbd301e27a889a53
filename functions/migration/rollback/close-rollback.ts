import { endCapture } from '../journal/end-capture.ts';
import { isClosed, type Status } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { forgetKeys } from '../record/forget-keys.ts';
import { makeReport } from '../report/make-report.ts';

/** Closes a rollback: ends capture, releases the tenant lock, saves the report and deletes journalled keys. @throws Conflict */
export const closeRollback = async (ports: Ports, migration: Migration): Promise<void> => {
  if (!isClosed(migration.status)) await close(ports, migration);
  await forgetKeys(ports, migration.migrationId);
};

const close = async (ports: Ports, migration: Migration): Promise<void> => {
  const { migrationId, tenantId, attempt } = migration;
  await endCapture(ports, migration);
  await ports.registry.unlockTenant(tenantId, migrationId);
  const to = outcome(migration);
  await ports.migrations.saveReport(migrationId, await makeReport(ports, { ...migration, status: to }));
  await ports.migrations.transition(migration, to, {
    who: `workflow, attempt ${attempt}`,
    reason: to === 'failed' ? 'nothing had been changed yet' : 'all changes were undone',
    at: ports.clock.now(),
  });
};

/** Returns the final status: `failed` if the plan ended the migration, before anything was reserved. */
const outcome = (migration: Migration): Status => {
  if (migration.reverseFlippedAt !== undefined) return 'rolledBack';
  if (migration.cancellation) return 'cancelled';
  return migration.target.table ? 'rolledBack' : 'failed';
};
