import {
  DescribeExecutionCommand,
  SFNClient,
  type SFNClientConfig,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { InvalidRequest } from '../migration/errors.ts';
import type { MigrationId } from '../migration/names.ts';
import type { Workflow } from '../migration/ports.ts';
import { reasonOf } from '../migration/reason.ts';
import { TIME_OUTS } from './client.ts';
import { translate } from './errors.ts';

export interface StateMachines {
  /** ARN of `tier-migration`. Absent where nothing is started or asked, e.g. in a command that only reads. */
  readonly migration: string | undefined;
  /** ARN of `roll-back`. */
  readonly rollBack: string | undefined;
}

/** The state machines in Step Functions. An execution has the name of the migration and its attempt. */
export const workflowIn = (config: SFNClientConfig, machines: StateMachines): Workflow => {
  const client = new SFNClient({ requestHandler: TIME_OUTS, ...config });
  const arnOf = (machine: keyof StateMachines): string => {
    const arn = machines[machine];
    if (arn === undefined) {
      throw new InvalidRequest(
        'set TIERFERRY_STATE_MACHINE_ARN and TIERFERRY_ROLL_BACK_STATE_MACHINE_ARN to the state machines of the deployment',
      );
    }
    return arn;
  };

  /**
   * StartExecution is idempotent by name and input while the execution runs; afterwards its name is taken. [API reference]
   * @returns false if the name is taken.
   */
  const start = async (
    machine: keyof StateMachines,
    migrationId: MigrationId,
    attempt: number,
  ): Promise<boolean> => {
    try {
      await client.send(
        new StartExecutionCommand({
          stateMachineArn: arnOf(machine),
          name: nameOf(migrationId, attempt),
          input: JSON.stringify({ migrationId, attempt }),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'ExecutionAlreadyExists') return false;
      throw translate(error);
    }
  };

  const describe = async (machine: keyof StateMachines, migrationId: MigrationId, attempt: number) => {
    const executionArn = `${executionsOf(arnOf(machine))}:${nameOf(migrationId, attempt)}`;
    try {
      return await client.send(new DescribeExecutionCommand({ executionArn }));
    } catch (error) {
      if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return undefined;
      throw translate(error);
    }
  };

  const runs = async (...which: Parameters<typeof describe>) => {
    const status = (await describe(...which))?.status;
    return status === 'RUNNING' || status === 'PENDING_REDRIVE';
  };

  return {
    start: async (migrationId, attempt) => {
      await start('migration', migrationId, attempt);
    },
    startOrJoin: (migrationId, attempt) => start('migration', migrationId, attempt),
    startRollBack: async (migrationId, attempt) => {
      await start('rollBack', migrationId, attempt);
    },
    isShown: async (migrationId, attempt) =>
      (await describe('migration', migrationId, attempt)) !== undefined ||
      (await describe('rollBack', migrationId, attempt)) !== undefined,
    isRunning: async (migrationId, attempt) =>
      (await runs('migration', migrationId, attempt)) || (await runs('rollBack', migrationId, attempt)),
    async stoppedBy(migrationId, attempt) {
      // a migration's execution ends after the rollback that it has started, and with that one's reason
      const { status, error, cause } =
        (await describe('migration', migrationId, attempt)) ??
        (await describe('rollBack', migrationId, attempt)) ??
        {};
      if (status !== 'FAILED' && status !== 'TIMED_OUT' && status !== 'ABORTED') return undefined;
      return reasonOf(error ?? status, cause ?? '');
    },
  };
};

/** Parts of a state machine's ARN; a version's or an alias's has one more, which its executions' have not. */
const MACHINE_PARTS = 7;
/** The machine's own ARN, of that of a version or an alias. */
export const unqualified = (machineArn: string): string =>
  machineArn.split(':').slice(0, MACHINE_PARTS).join(':');
const executionsOf = (machineArn: string): string =>
  unqualified(machineArn).replace(':stateMachine:', ':execution:');

const nameOf = (migrationId: MigrationId, attempt: number): string => `${migrationId}-${attempt}`;
