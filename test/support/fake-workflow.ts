import type { MigrationId } from '../../functions/migration/names.ts';
import type { Reason } from '../../functions/migration/reason.ts';
import type { Workflow } from '../../functions/migration/record/workflow-port.ts';

type Execution = 'running' | 'ended';

/** Executions by name, which do no work. Each runs until a test ends it. */
export class FakeWorkflow implements Workflow {
  readonly migrations = new Map<string, Execution>();
  readonly rollbacks = new Map<string, Execution>();
  /** Executions that reads show while they lag. */
  private stale: readonly ReadonlyMap<string, Execution>[] | undefined;
  private readonly stopped = new Map<string, Reason>();

  async start(migrationId: MigrationId, attempt: number) {
    startOnce(this.migrations, migrationId, attempt);
  }

  async startOrJoin(migrationId: MigrationId, attempt: number) {
    startOnce(this.migrations, migrationId, attempt);
    return this.migrations.get(nameOf(migrationId, attempt)) === 'running';
  }

  async startRollback(migrationId: MigrationId, attempt: number) {
    startOnce(this.rollbacks, migrationId, attempt);
  }

  async isRunning(migrationId: MigrationId, attempt: number) {
    return this.shown(migrationId, attempt).includes('running');
  }

  async isShown(migrationId: MigrationId, attempt: number) {
    return this.shown(migrationId, attempt).length > 0;
  }

  /** Makes reads lag until `catchUp`, since DescribeExecution is eventually consistent. */
  lag(): void {
    this.stale = [new Map(this.migrations), new Map(this.rollbacks)];
  }

  catchUp(): void {
    this.stale = undefined;
  }

  private shown(migrationId: MigrationId, attempt: number): Execution[] {
    return (this.stale ?? [this.migrations, this.rollbacks]).flatMap(
      (executions) => executions.get(nameOf(migrationId, attempt)) ?? [],
    );
  }

  async stoppedBy(migrationId: MigrationId, attempt: number) {
    return this.stopped.get(nameOf(migrationId, attempt));
  }

  executionArn(migrationId: MigrationId, attempt: number) {
    return `arn:aws:states:eu-central-1:123456789012:execution:tier-migration:${nameOf(migrationId, attempt)}`;
  }

  /** Ends all running executions. @param reason absent for a successful end. */
  endAll(reason?: Reason): void {
    for (const executions of [this.migrations, this.rollbacks])
      for (const [name, state] of executions) {
        if (state === 'ended') continue;
        executions.set(name, 'ended');
        if (reason) this.stopped.set(name, reason);
      }
  }
}

const nameOf = (migrationId: MigrationId, attempt: number) => `${migrationId}-${attempt}`;

/** Starts an execution under a name that was never used. */
const startOnce = (executions: Map<string, Execution>, migrationId: MigrationId, attempt: number) => {
  const name = nameOf(migrationId, attempt);
  if (!executions.has(name)) executions.set(name, 'running');
};
