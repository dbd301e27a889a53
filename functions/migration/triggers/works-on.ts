import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { hasGoneAhead } from '../queue/read-queue.ts';

/** Longest time for which a started execution may not show, in ms. AWS states no bound. [API reference, DescribeExecution] */
const SHOWN_MS = 60_000;

/**
 * Returns true if an execution works on the migration's attempt. DescribeExecution may be behind, for starts and for ends
 * alike, and StartExecution is not: under the name of one that runs it starts no other, and under the name of one that has
 * ended it is refused. So an execution that was started a moment ago is not taken for a dead one, and if a crash came before
 * the start, this is the start.
 */
export const worksOn = async (ports: Ports, migration: Migration): Promise<boolean> => {
  const { migrationId, attempt } = migration;
  const { workflow } = ports;
  if (isOfEitherMachine(migration))
    return (await workflow.isRunning(migrationId, attempt)) || mayBeStarting(ports, migration);
  // the dispatcher starts it when its turn has come
  if (await waitsForItsTurn(ports, migration)) return workflow.isRunning(migrationId, attempt);
  return workflow.startOrJoin(migrationId, attempt);
};

/** True if an execution that cannot be joined was started a moment ago, and may not be shown yet. */
export const mayBeStarting = async (
  { workflow, clock }: Pick<Ports, 'workflow' | 'clock'>,
  migration: Migration,
): Promise<boolean> => {
  const { migrationId, attempt, updatedAt } = migration;
  if (!isOfEitherMachine(migration) || clock.now() - updatedAt >= SHOWN_MS) return false;
  return !(await workflow.isShown(migrationId, attempt));
};

/** True if nothing has been started yet, since other migrations go first. */
export const waitsForItsTurn = async (
  ports: Pick<Ports, 'admissions'>,
  { migrationId, status, dryRun }: Migration,
): Promise<boolean> => status === 'queued' && !dryRun && !(await hasGoneAhead(ports, migrationId));

/** An attempt may be an execution of the rollback alone: a start of the migration would put a second one beside it. */
export const isOfEitherMachine = ({ status, cancellation }: Migration): boolean =>
  status === 'rollingBack' || cancellation !== undefined;
