import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { isAdmitted } from '../queue/read-queue.ts';

/** Maximum time for which a started execution may not show, in ms. AWS states no bound. [API reference, DescribeExecution] */
const SHOWN_MS = 60_000;

/**
 * True if an execution works on the migration's attempt. Starts one if none was started.
 *
 * DescribeExecution may lag behind both starts and ends of executions, but StartExecution does not. Under the name of a
 * running execution it starts no second one, and under the name of an ended one it fails. So a new execution is not taken for
 * a dead one, and one that a crash prevented is started.
 */
export const isExecuting = async (ports: Ports, migration: Migration): Promise<boolean> => {
  const { migrationId, attempt } = migration;
  const { workflow } = ports;
  if (mayBeRollbackExecution(migration))
    return (await workflow.isRunning(migrationId, attempt)) || mayBeStarting(ports, migration);
  // a queued migration is started by the dispatcher
  if (await isQueued(ports, migration)) return workflow.isRunning(migrationId, attempt);
  return workflow.startOrJoin(migrationId, attempt);
};

/** True if an execution of the rollback may have been started a moment ago and not be shown yet. It cannot be joined. */
export const mayBeStarting = async (
  { workflow, clock }: Pick<Ports, 'workflow' | 'clock'>,
  migration: Migration,
): Promise<boolean> => {
  const { migrationId, attempt, updatedAt } = migration;
  if (!mayBeRollbackExecution(migration) || clock.now() - updatedAt >= SHOWN_MS) return false;
  return !(await workflow.isShown(migrationId, attempt));
};

/** True if the migration is queued and has not been admitted. */
export const isQueued = async (
  ports: Pick<Ports, 'admissions'>,
  { migrationId, status, dryRun }: Migration,
): Promise<boolean> => status === 'queued' && !dryRun && !(await isAdmitted(ports, migrationId));

/**
 * True if the attempt may be an execution of the rollback state machine. In that case, starting the migration's own machine
 * would run a second execution beside it.
 */
export const mayBeRollbackExecution = ({ status, cancellation }: Migration): boolean =>
  status === 'rollingBack' || cancellation !== undefined;
