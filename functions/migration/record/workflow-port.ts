import type { MigrationId } from '../names.ts';
import type { Reason } from '../reason.ts';

/** The state machines. */
export interface Workflow {
  /** Starts the migration's execution for this attempt. Starting the same attempt again is not an error. */
  start(migrationId: MigrationId, attempt: number): Promise<void>;
  /**
   * Starts the migration's execution for this attempt, or joins the running one. Consistent, unlike `isRunning`.
   * @returns false if that execution has ended.
   */
  startOrJoin(migrationId: MigrationId, attempt: number): Promise<boolean>;
  /** Starts an execution of the rollback alone, for a migration whose execution has died. */
  startRollback(migrationId: MigrationId, attempt: number): Promise<void>;
  /** True if an execution for this attempt is running. Eventually consistent: a recent start or end may be missing. */
  isRunning(migrationId: MigrationId, attempt: number): Promise<boolean>;
  /** True if an execution for this attempt is known, running or ended. Eventually consistent like `isRunning`. */
  isShown(migrationId: MigrationId, attempt: number): Promise<boolean>;
  /**
   * Returns why the execution for this attempt failed or was stopped; undefined if it is running, succeeded, or is no
   * longer known.
   */
  stoppedBy(migrationId: MigrationId, attempt: number): Promise<Reason | undefined>;
  /** Names the execution for this attempt, whether or not there is one; undefined if the state machine is not known. */
  executionArn(migrationId: MigrationId, attempt: number): string | undefined;
}
