import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { functionArn, ROLE } from '../../scripts/local/arns.ts';
import { Executions } from '../../scripts/local/executions.ts';
import type { LocalFunction } from '../../scripts/local/invoke.ts';
import type { LoopbackServer } from '../../scripts/local/listen-on-loopback.ts';
import { serveStepFunctions } from '../../scripts/local/step-functions.ts';

class Refused extends Error {
  override readonly name = 'Refused';
}

let endRest = () => {};
const functions = new Map<string, LocalFunction>([
  ['Echo', async (event) => event],
  [
    'Refuse',
    async () => {
      throw new Refused('no');
    },
  ],
  [
    'Rest',
    () =>
      new Promise((resolve) => {
        endRest = () => resolve('rested');
      }),
  ],
]);

let served: LoopbackServer;
let executions: Executions;
let client: SFNClient;
const machines: Record<string, string> = {};
beforeAll(async () => {
  executions = new Executions({ functions });
  served = await serveStepFunctions(executions);
  client = new SFNClient({
    endpoint: served.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  for (const name of functions.keys()) {
    const definition = JSON.stringify({
      StartAt: name,
      States: { [name]: { Type: 'Task', Resource: functionArn(name), TimeoutSeconds: 60, End: true } },
    });
    const created = await client.send(new CreateStateMachineCommand({ name, definition, roleArn: ROLE }));
    machines[name] = created.stateMachineArn ?? '';
  }
});
afterAll(async () => {
  client.destroy();
  await served.stop();
  await executions.close();
});

const start = async (machine: string, name: string, input = '{}') => {
  const { executionArn = '' } = await client.send(
    new StartExecutionCommand({ stateMachineArn: machines[machine], name, input }),
  );
  return executionArn;
};
const describe = (executionArn: string) => client.send(new DescribeExecutionCommand({ executionArn }));
const end = async (executionArn: string) => {
  await executions.ended(executions.execution(executionArn));
  return describe(executionArn);
};

test('an execution succeeds with its output, and has dates and a history', async () => {
  const arn = await start('Echo', 'one', '{"a":1}');
  expect(await end(arn)).toMatchObject({
    status: 'SUCCEEDED',
    name: 'one',
    input: '{"a":1}',
    output: '{"a":1}',
  });
  const { startDate, stopDate } = await describe(arn);
  expect(startDate).toBeInstanceOf(Date);
  expect(Number(stopDate)).toBeGreaterThanOrEqual(Number(startDate));
  const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn: arn }));
  expect(events.map(({ type }) => type)).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'LambdaFunctionScheduled',
    'LambdaFunctionStarted',
    'LambdaFunctionSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
  const page = await client.send(
    new GetExecutionHistoryCommand({ executionArn: arn, reverseOrder: true, maxResults: 2 }),
  );
  expect(page.events?.map(({ id }) => id)).toEqual([7, 6]);
  expect(page.nextToken).toBeDefined();
});

test('an execution whose task throws is FAILED with the name of the error and its cause', async () => {
  const ended = await end(await start('Refuse', 'refused'));
  expect(ended).toMatchObject({ status: 'FAILED', error: 'Refused' });
  expect(JSON.parse(ended.cause ?? '{}')).toMatchObject({ errorType: 'Refused', errorMessage: 'no' });
});

test('a start with the name and input of a running execution returns that execution; other input under its name is refused', async () => {
  const arn = await start('Rest', 'resting', '{"a":1}');
  expect(await start('Rest', 'resting', '{"a":1}')).toBe(arn);
  await expect(start('Rest', 'resting', '{"a":2}')).rejects.toThrow(
    expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
  );
  endRest();
  expect(await end(arn)).toMatchObject({ status: 'SUCCEEDED', output: '"rested"' });
  await expect(start('Rest', 'resting', '{"a":1}')).rejects.toThrow(
    expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
  );
});

test('a stopped execution is ABORTED with the given cause, and stays so when its task ends', async () => {
  const arn = await start('Rest', 'stopped');
  await client.send(new StopExecutionCommand({ executionArn: arn, error: 'Enough', cause: 'of it' }));
  const aborted = { status: 'ABORTED', error: 'Enough', cause: 'of it' };
  expect(await describe(arn)).toMatchObject(aborted);
  endRest();
  expect(await end(arn)).toMatchObject(aborted);
});

test('executions are listed latest first, by status, page by page', async () => {
  const names = async (statusFilter?: 'SUCCEEDED' | 'ABORTED') => {
    const listed = await client.send(
      new ListExecutionsCommand({
        stateMachineArn: machines.Rest,
        ...(statusFilter ? { statusFilter } : {}),
      }),
    );
    return listed.executions?.map(({ name }) => name);
  };
  expect(await names()).toEqual(['stopped', 'resting']);
  expect(await names('ABORTED')).toEqual(['stopped']);
  const page = await client.send(
    new ListExecutionsCommand({ stateMachineArn: machines.Rest, maxResults: 1 }),
  );
  const next = await client.send(
    new ListExecutionsCommand({ stateMachineArn: machines.Rest, maxResults: 1, nextToken: page.nextToken }),
  );
  expect([page.executions?.[0]?.name, next.executions?.[0]?.name]).toEqual(['stopped', 'resting']);
  const { stateMachines } = await client.send(new ListStateMachinesCommand({}));
  expect(stateMachines?.map(({ name }) => name).sort()).toEqual([...functions.keys()].sort());
});

test.each([
  [
    'ExecutionDoesNotExist',
    () => describe(`${(machines.Echo ?? '').replace(':stateMachine:', ':execution:')}:no`),
  ],
  [
    'StateMachineDoesNotExist',
    () => client.send(new StartExecutionCommand({ stateMachineArn: `${machines.Echo}s` })),
  ],
  ['InvalidArn', () => describe('not-an-arn')],
  ['InvalidName', () => start('Echo', 'a name with spaces')],
  ['InvalidExecutionInput', () => start('Echo', 'broken', '{')],
  [
    'InvalidDefinition',
    () =>
      client.send(
        new CreateStateMachineCommand({ name: 'bad', definition: '{"StartAt":"X"}', roleArn: ROLE }),
      ),
  ],
])("%s gets the service's answer", async (name, call) => {
  await expect(call()).rejects.toThrow(expect.objectContaining({ name }));
});

test("a distributed Map fails with the error of its threshold, and an inline one with its item's", async () => {
  const item = {
    StartAt: 'Refuse',
    States: { Refuse: { Type: 'Task', Resource: functionArn('Refuse'), TimeoutSeconds: 60, End: true } },
  };
  const failed = async (name: string, ProcessorConfig: object) => {
    const states = { Items: { Type: 'Map', ItemProcessor: { ProcessorConfig, ...item }, End: true } };
    const definition = JSON.stringify({ StartAt: 'Items', States: states });
    const { stateMachineArn = '' } = await client.send(
      new CreateStateMachineCommand({ name, definition, roleArn: ROLE }),
    );
    machines[name] = stateMachineArn;
    return end(await start(name, 'one', '[1]'));
  };
  expect(await failed('Distributed', { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' })).toMatchObject({
    status: 'FAILED',
    error: 'States.ExceedToleratedFailureThreshold',
    cause: 'The specified tolerated failure threshold was exceeded',
  });
  expect(await failed('Inline', { Mode: 'INLINE' })).toMatchObject({ status: 'FAILED', error: 'Refused' });
});
