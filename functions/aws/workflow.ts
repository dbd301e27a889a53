import {
  DescribeExecutionCommand,
  SFNClient,
  type SFNClientConfig,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { InvalidRequest } from '../migration/errors.ts';
import type { MigrationId } from '../migration/names.ts';
import { reasonOf } from '../migration/reason.ts';
import type { Workflow } from '../migration/record/workflow-port.ts';
import { TIMEOUTS } from './client.ts';
import { translateError } from './errors.ts';

export interface StateMachines {
  /** ARN of `tier-migration`; absent if executions are neither started nor described, e.g. in a command that only reads. */
  readonly migration: string | undefined;
  /** ARN of `rollback`. */
  readonly rollback: string | undefined;
}

/** Starts and describes executions in Step Functions. An execution is named after the migration and its attempt. */
export const workflowIn = (config: SFNClientConfig, machines: StateMachines): Workflow => {
  const { startExecution, describe } = executionsIn(config, machines);
  const isRunningStatus = async (...which: Parameters<typeof describe>) => {
    const status = (await describe(...which))?.status;
    return status === 'RUNNING' || status === 'PENDING_REDRIVE';
  };

  return {
    start: async (migrationId, attempt) => {
      await startExecution('migration', migrationId, attempt);
    },
    startOrJoin: (migrationId, attempt) => startExecution('migration', migrationId, attempt),
    startRollback: async (migrationId, attempt) => {
      await startExecution('rollback', migrationId, attempt);
    },
    isShown: async (migrationId, attempt) =>
      (await describe('migration', migrationId, attempt)) !== undefined ||
      (await describe('rollback', migrationId, attempt)) !== undefined,
    isRunning: async (migrationId, attempt) =>
      (await isRunningStatus('migration', migrationId, attempt)) ||
      (await isRunningStatus('rollback', migrationId, attempt)),
    executionArn: (migrationId, attempt) =>
      machines.migration === undefined
        ? undefined
        : `${executionsOf(machines.migration)}:${nameOf(migrationId, attempt)}`,
    async stoppedBy(migrationId, attempt) {
      // a migration's execution ends after the rollback that it has started, with the rollback's reason
      const { status, error, cause } =
        (await describe('migration', migrationId, attempt)) ??
        (await describe('rollback', migrationId, attempt)) ??
        {};
      if (status !== 'FAILED' && status !== 'TIMED_OUT' && status !== 'ABORTED') return undefined;
      return reasonOf(error ?? status, cause ?? '');
    },
  };
};

/** Makes the calls of one execution of a state machine. @throws InvalidRequest if the machines are not configured */
const executionsIn = (config: SFNClientConfig, machines: StateMachines) => {
  const client = new SFNClient({ requestHandler: TIMEOUTS, ...config });
  const arnOf = (machine: keyof StateMachines): string => {
    const arn = machines[machine];
    if (arn === undefined) {
      throw new InvalidRequest(
        'no state machines are configured. Nothing was started. Set TIERFERRY_STATE_MACHINE_ARN and TIERFERRY_ROLLBACK_STATE_MACHINE_ARN to the state machines of the deployment.',
      );
    }
    return arn;
  };

  /**
   * Starts an execution. StartExecution is idempotent by name and input while the execution runs; afterwards its name is
   * taken. [API reference]
   * @returns false if the name is taken.
   */
  const startExecution = async (
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
      throw translateError(error);
    }
  };

  const describe = async (machine: keyof StateMachines, migrationId: MigrationId, attempt: number) => {
    const executionArn = `${executionsOf(arnOf(machine))}:${nameOf(migrationId, attempt)}`;
    try {
      return await client.send(new DescribeExecutionCommand({ executionArn }));
    } catch (error) {
      if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return undefined;
      throw translateError(error);
    }
  };

  return { startExecution, describe };
};

/** Number of parts of a state machine's ARN. The ARN of a version or alias has one more, and those of its executions do not. */
const MACHINE_PARTS = 7;
/** Returns the machine's own ARN from that of a version or alias. */
export const withoutQualifier = (machineArn: string): string =>
  machineArn.split(':').slice(0, MACHINE_PARTS).join(':');
const executionsOf = (machineArn: string): string =>
  withoutQualifier(machineArn).replace(':stateMachine:', ':execution:');

const nameOf = (migrationId: MigrationId, attempt: number): string => `${migrationId}-${attempt}`;
