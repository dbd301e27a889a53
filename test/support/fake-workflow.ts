import type { MigrationId } from '../../functions/migration/names.ts';
import type { Workflow } from '../../functions/migration/ports.ts';

/** Executions by name. None of them does anything; each runs until a test ends it. */
export class FakeWorkflow implements Workflow {
  readonly migrations = new Map<string, 'running' | 'ended'>();
  readonly rollBacks = new Map<string, 'running' | 'ended'>();

  async start(migrationId: MigrationId, attempt: number) {
    startOnce(this.migrations, migrationId, attempt);
  }

  async startRollBack(migrationId: MigrationId, attempt: number) {
    startOnce(this.rollBacks, migrationId, attempt);
  }

  async isRunning(migrationId: MigrationId, attempt: number) {
    const name = nameOf(migrationId, attempt);
    return this.migrations.get(name) === 'running' || this.rollBacks.get(name) === 'running';
  }

  /** Ends whatever runs. */
  endAll(): void {
    for (const executions of [this.migrations, this.rollBacks])
      for (const name of executions.keys()) executions.set(name, 'ended');
  }
}

const nameOf = (migrationId: MigrationId, attempt: number) => `${migrationId}-${attempt}`;

/** A name that was used is taken, whether or not its execution still runs. */
const startOnce = (
  executions: Map<string, 'running' | 'ended'>,
  migrationId: MigrationId,
  attempt: number,
) => {
  const name = nameOf(migrationId, attempt);
  if (!executions.has(name)) executions.set(name, 'running');
};
