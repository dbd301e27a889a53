import { withNext } from '../error-catalogue.ts';
import type { EpochMs, MigrationId } from '../names.ts';
import type { NextAction } from '../next-action.ts';
import type { Ports } from '../ports.ts';
import type { Reason } from '../reason.ts';
import { type Execution, executionOf } from '../record/execution.ts';
import { type Action, actionsOf, nextOf, readActionFacts } from './actions.ts';
import { type Progress, readProgress } from './progress.ts';
import { rollbackUntil } from './rollback-migration.ts';

/** Progress of a migration, with the actions available to an operator. */
export interface MigrationStatus extends Progress {
  readonly execution: Execution;
  /** Why the execution was stopped; present only if the migration is stopped. */
  readonly stoppedBy?: Reason;
  /** Time until which a rollback is safe, in ms since 1970; null if there is nothing to roll back. */
  readonly rollbackUntil: EpochMs | null;
  readonly actions: readonly Action[];
  readonly next: NextAction;
}

/** Reads the current status of a migration. @throws MigrationNotFound */
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
    stoppedBy: stoppedBy && withNext(stoppedBy, migration),
    rollbackUntil: rollbackUntil(migration) ?? null,
    actions: actionsOf(migration, facts),
    next: nextOf(migration, facts),
  };
};
