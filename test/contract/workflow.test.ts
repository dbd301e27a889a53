import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workflowIn } from '../../functions/aws/workflow.ts';
import type { Reason } from '../../functions/migration/reason.ts';
import type { Workflow } from '../../functions/migration/record/workflow-port.ts';
import { executionArn, machineArn, REGION } from '../../scripts/local/arns.ts';
import { Executions } from '../../scripts/local/executions.ts';
import { serveStepFunctions } from '../../scripts/local/step-functions.ts';
import { FakeWorkflow } from '../support/fake-workflow.ts';
import { aMigration } from '../support/records.ts';

interface World {
  readonly workflow: Workflow;
  /** Ends the execution of the machine for the migration's attempt. */
  end(machine: 'tier-migration' | 'rollback', name: string, reason?: Reason): Promise<void>;
}

const tests = (world: () => World) => {
  test('an execution runs for its attempt until it ends; starting it again is not an error and starts no other', async () => {
    const { workflow, end } = world();
    const { migrationId } = aMigration();
    expect(await workflow.isRunning(migrationId, 1)).toBe(false);
    await workflow.start(migrationId, 1);
    await workflow.start(migrationId, 1);
    expect(await workflow.isRunning(migrationId, 1)).toBe(true);
    expect(await workflow.isRunning(migrationId, 2)).toBe(false);
    expect(await workflow.isRunning(aMigration().migrationId, 1)).toBe(false);
    await end('tier-migration', `${migrationId}-1`);
    expect(await workflow.isRunning(migrationId, 1)).toBe(false);
    await workflow.start(migrationId, 1);
    expect(await workflow.isRunning(migrationId, 1)).toBe(false);
    await workflow.start(migrationId, 2);
    expect(await workflow.isRunning(migrationId, 2)).toBe(true);
  });

  test('a start joins a running execution, and reports one that has ended', async () => {
    const { workflow, end } = world();
    const { migrationId } = aMigration();
    expect(await workflow.isShown(migrationId, 1)).toBe(false);
    expect(await workflow.startOrJoin(migrationId, 1)).toBe(true);
    expect(await workflow.startOrJoin(migrationId, 1)).toBe(true);
    await end('tier-migration', `${migrationId}-1`);
    expect(await workflow.startOrJoin(migrationId, 1)).toBe(false);
    expect(await workflow.isShown(migrationId, 1)).toBe(true);
    await workflow.startRollback(migrationId, 2);
    expect(await workflow.isShown(migrationId, 2)).toBe(true);
  });

  test('an execution has the name of its migration and attempt, whether or not there is one', () => {
    const { workflow } = world();
    const { migrationId } = aMigration();
    expect(workflow.executionArn(migrationId, 3)).toMatch(
      new RegExp(`:execution:tier-migration:${migrationId}-3$`),
    );
  });

  test('a rollback that was started on its own is found too', async () => {
    const { workflow, end } = world();
    const { migrationId } = aMigration();
    await workflow.start(migrationId, 1);
    await end('tier-migration', `${migrationId}-1`);
    await workflow.startRollback(migrationId, 2);
    await workflow.startRollback(migrationId, 2);
    expect(await workflow.isRunning(migrationId, 1)).toBe(false);
    expect(await workflow.isRunning(migrationId, 2)).toBe(true);
    await end('rollback', `${migrationId}-2`);
    expect(await workflow.isRunning(migrationId, 2)).toBe(false);
  });

  test('a stopped execution of either machine shows its cause; a running or missing one shows none', async () => {
    const { workflow, end } = world();
    const { migrationId } = aMigration();
    expect(await workflow.stoppedBy(migrationId, 1)).toBeUndefined();
    await workflow.start(migrationId, 1);
    expect(await workflow.stoppedBy(migrationId, 1)).toBeUndefined();
    const reason = { error: 'NotSafe', cause: 'the table is not empty' };
    await end('tier-migration', `${migrationId}-1`, reason);
    expect(await workflow.stoppedBy(migrationId, 1)).toEqual(reason);
    await workflow.startRollback(migrationId, 2);
    expect(await workflow.stoppedBy(migrationId, 2)).toBeUndefined();
    const other = { error: 'Conflict', cause: 'another process was faster' };
    await end('rollback', `${migrationId}-2`, other);
    expect(await workflow.stoppedBy(migrationId, 2)).toEqual(other);
    expect(await workflow.stoppedBy(migrationId, 1)).toEqual(reason);
  });
};

describe('workflow: the fake', () => {
  const workflow = new FakeWorkflow();
  tests(() => ({ workflow, end: async (_machine, _name, reason) => workflow.endAll(reason) }));
});

const WAITS = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 3_600, End: true } } };

describe('workflow: Step Functions on this machine', () => {
  const executions = new Executions({ functions: new Map() });
  let server: Awaited<ReturnType<typeof serveStepFunctions>>;
  let client: SFNClient;
  let workflow: Workflow;
  beforeAll(async () => {
    for (const name of ['tier-migration', 'rollback']) executions.deploy(name, JSON.stringify(WAITS));
    server = await serveStepFunctions(executions);
    const config = {
      endpoint: server.endpoint,
      region: REGION,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
    client = new SFNClient(config);
    workflow = workflowIn(config, {
      // with an alias, as in a deployment, executions are still named after the state machine
      migration: `${machineArn('tier-migration')}:live`,
      rollback: machineArn('rollback'),
    });
  });
  afterAll(async () => {
    client.destroy();
    await executions.close();
    await server.stop();
  });
  tests(() => ({
    workflow,
    async end(machine, name, reason) {
      const arn = executionArn(machineArn(machine), name);
      await client.send(new StopExecutionCommand({ executionArn: arn, ...reason }));
    },
  }));
});
