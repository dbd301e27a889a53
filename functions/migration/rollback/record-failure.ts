import { withNext } from '../error-catalogue.ts';
import type { Failure, Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { reasonOf } from '../reason.ts';
import { makeReport } from '../report/make-report.ts';
import { type FailingSteps, ownReason } from '../step-failure.ts';

/**
 * Records why the execution failed, in the migration and in its report, with the current state of the tenant's records.
 */
export const recordFailure = async (
  ports: Ports,
  migration: Migration,
  caught: { Error: string; Cause: string } | undefined,
  steps: FailingSteps = 'forward',
): Promise<{ error: string; cause: string }> => {
  const at = ports.clock.now();
  const failure: Failure = caught
    ? { ...withNext(ownReason(reasonOf(caught.Error, caught.Cause), migration, steps), migration), at }
    : (migration.failure ?? { error: 'Interrupted', cause: 'an earlier attempt was interrupted', at });
  const updated = await ports.migrations.update(migration, { failure });
  await ports.migrations.saveReport(migration.migrationId, await makeReport(ports, updated));
  return { error: failure.error, cause: failure.cause };
};
