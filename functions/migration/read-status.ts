import { type Execution, executionOf } from './execution.ts';
import type { EpochMs, MigrationId } from './names.ts';
import type { Ports } from './ports.ts';
import { type Progress, readProgress } from './progress.ts';
import type { Reason } from './reason.ts';
import { type Action, actionsOf, type NextAction, nextOf, readActionFacts } from './triggers/actions.ts';
import { rollbackUntil } from './triggers/rollback-migration.ts';

/** Progress of a migration, and the actions that an operator has. */
export interface MigrationStatus extends Progress {
  readonly execution: Execution;
  /** Why the execution was stopped; only if nothing works on the migration. */
  readonly stoppedBy?: Reason;
  /** Until when a rollback is safe; null if there is nothing to roll back. */
  readonly rollbackUntil: EpochMs | null;
  readonly actions: readonly Action[];
  readonly next: NextAction;
}

/** Reads where a migration stands now. @throws MigrationNotFound */
export const readStatus = async (ports: Ports, migrationId: MigrationId): Promise<MigrationStatus> => {
  const progress = await readProgress(ports, migrationId);
  const { migration } = progress;
  const execution = await executionOf(ports, migration);
  const isStopped = execution === 'stopped';
  const stoppedBy = isStopped ? await ports.workflow.stoppedBy(migrationId, migration.attempt) : undefined;
  const facts = await readActionFacts(ports, migration);
  return {
    ...progress,
    isStopped,
    execution,
    ...(stoppedBy ? { stoppedBy } : {}),
    rollbackUntil: rollbackUntil(migration) ?? null,
    actions: actionsOf(migration, facts),
    next: nextOf(migration, facts.execution),
  };
};
