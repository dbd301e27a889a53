import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, describe, expect, test } from 'vitest';
import { functionArn } from '../../scripts/local/arns.ts';
import { type Execution, Executions } from '../../scripts/local/executions.ts';
import type { LocalFunction } from '../../scripts/local/invoke.ts';
import { serveStepFunctions } from '../../scripts/local/step-functions.ts';
import { staleView } from '../../scripts/local/strict/step-functions/stale-view.ts';
import { type GivenStrictSettings, parseStrictSettings } from '../../scripts/local/strict/strict-settings.ts';
import { until } from '../support/until.ts';

const opened: { stop(): Promise<unknown> }[] = [];
afterAll(() => Promise.all(opened.map((one) => one.stop())));

const THRESHOLD = {
  error: 'States.ExceedToleratedFailureThreshold',
  cause: 'The specified tolerated failure threshold was exceeded',
};
const named = (name: string, message = 'planted') => Object.assign(new Error(message), { name });
const task = (name: string, rest: object = { End: true }) => ({
  Type: 'Task',
  Resource: functionArn(name),
  TimeoutSeconds: 60,
  ...rest,
});
/** A Map whose items are executions of their own. */
const map = (states: Readonly<Record<string, object>>, rest: object = { End: true }) => ({
  Type: 'Map',
  MaxConcurrency: 2,
  ItemProcessor: {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: Object.keys(states)[0],
    States: states,
  },
  ...rest,
});
const CAUGHT = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }], End: true };
const Caught = { Type: 'Pass', End: true };

/** Executions, and the client that AWS would have; a machine starts at its first state. */
const start = async (
  functions: Readonly<Record<string, LocalFunction>>,
  stepFunctions: GivenStrictSettings['stepFunctions'] = {},
) => {
  const strict = parseStrictSettings({ stepFunctions: { describeLagMs: 0, ...stepFunctions } }).stepFunctions;
  const executions = new Executions({
    functions: new Map(Object.entries(functions)),
    strict,
    overrides: { waits: { Rest: 0 }, retries: { Item: 0 } },
  });
  const served = await serveStepFunctions(executions, undefined, strict.describeLagMs);
  const client = new SFNClient({
    endpoint: served.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  opened.push({
    stop: async () => {
      client.destroy();
      await served.stop();
      await executions.close();
    },
  });
  let machines = 0;
  const begin = (states: Readonly<Record<string, object>>, input: unknown = {}): Execution => {
    machines += 1;
    const definition = { StartAt: Object.keys(states)[0], States: states };
    const { arn } = executions.create(`machine-${machines}`, JSON.stringify(definition));
    return executions.start(arn, 'one', JSON.stringify(input));
  };
  const describe = ({ arn: executionArn }: Execution) =>
    client.send(new DescribeExecutionCommand({ executionArn }));
  const run = async (states: Readonly<Record<string, object>>, input: unknown = {}) => {
    const execution = begin(states, input);
    await executions.ended(execution);
    return { execution, ended: await describe(execution) };
  };
  const lastEvent = async ({ arn: executionArn }: Execution) => {
    const found = await client.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }),
    );
    return found.events?.[0];
  };
  return { executions, begin, run, describe, lastEvent };
};
const typesOf = ({ history }: Execution) => history.map(({ type }) => type);

describe('a distributed Map', () => {
  test('fails with the error of its threshold, whatever the error of its item was', async () => {
    const { run } = await start({ Fail: () => Promise.reject(named('Planted')) });
    const { execution, ended } = await run({ Items: map({ Item: task('Fail') }) }, [1, 2]);
    expect(ended).toMatchObject({ status: 'FAILED', ...THRESHOLD });
    expect(execution.history.find(({ type }) => type === 'MapRunFailed')).toMatchObject({
      mapRunFailedEventDetails: THRESHOLD,
    });
  });

  test("retries an item by the item's own error", async () => {
    let tries = 0;
    const { run } = await start({
      Twice: async () => {
        tries += 1;
        if (tries === 1) throw named('Planted');
        return tries;
      },
    });
    const retried = { Retry: [{ ErrorEquals: ['Planted'], MaxAttempts: 1 }], End: true };
    const { ended } = await run({ Items: map({ Item: task('Twice', retried) }) }, [1]);
    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: '[2]' });
  });

  test('that has failed starts no further item, and no further state of the running items', async () => {
    const { promise: held, resolve } = Promise.withResolvers<void>();
    const begun: unknown[] = [];
    const { begin, executions } = await start({
      Work: async (item) => {
        begun.push(item);
        if (item === 'bad') throw named('Planted');
        return held;
      },
      More: async () => begun.push('more'),
    });
    const items = map({ Item: task('Work', { Next: 'Then' }), Then: task('More') }, CAUGHT);
    const rest = { Type: 'Wait', Seconds: 60, Next: 'Done' };
    const states = { Items: items, Caught: { ...rest }, Done: { Type: 'Succeed' } };
    const execution = begin(states, ['slow', 'bad', 'queued']);
    await until('the failure to be caught', () => typesOf(execution).includes('WaitStateEntered'));
    resolve();
    executions.stop(execution);
    await executions.ended(execution);
    expect(begun).toEqual(['slow', 'bad']);
  });

  test('fails like any other state if its item returns too much, which nothing in the item catches', async () => {
    const { run } = await start({ Much: async () => 'x'.repeat(300_000) });
    const inside = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Kept' }], End: true };
    const { ended } = await run(
      {
        Items: map({ Item: task('Much', inside), Kept: Caught }, CAUGHT),
        Caught: { Type: 'Pass', End: true },
      },
      [1],
    );
    expect(ended.status).toBe('SUCCEEDED');
    expect(JSON.parse(ended.output ?? '')).toEqual({ Error: THRESHOLD.error, Cause: THRESHOLD.cause });
  });

  test('adds six events to the history of its execution, for any number of items', async () => {
    const { run } = await start({ Echo: async (item) => item });
    const { execution } = await run({ Items: map({ Item: task('Echo') }) }, [1, 2, 3]);
    expect(typesOf(execution)).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ]);
  });
});

describe('a history', () => {
  /** A step, a choice and a wait, for ever: nine events. */
  const LOOP = {
    Look: task('Look', { Next: 'Done' }),
    Done: { Type: 'Choice', Choices: [{ Variable: '$', NumericEquals: -1, Next: 'End' }], Default: 'Rest' },
    Rest: { Type: 'Wait', Seconds: 1, Next: 'Look' },
    End: { Type: 'Succeed' },
  };
  const around = (states: Readonly<Record<string, object>>) => ({
    All: { Type: 'Parallel', Branches: [{ StartAt: 'Look', States: states }], ...CAUGHT },
    Caught,
  });

  test('has five events for a Lambda task, two for a choice and two for a wait', async () => {
    const answers = [1, -1];
    const { run } = await start({ Look: async () => answers.shift() });
    const { execution } = await run(LOOP);
    expect(typesOf(execution).slice(1, 10)).toEqual([
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ChoiceStateEntered',
      'ChoiceStateExited',
      'WaitStateEntered',
      'WaitStateExited',
    ]);
    expect(typesOf(execution).slice(17)).toEqual([
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
  });

  test('ends with its execution at 25,000 events, and no Catch handles it', async () => {
    let polls = 0;
    const { run, lastEvent } = await start({
      Look: async () => {
        polls += 1;
        return polls;
      },
    });
    const { execution, ended } = await run(around(LOOP));
    const full = {
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    };
    expect(ended).toMatchObject({ status: 'FAILED', ...full });
    expect(await lastEvent(execution)).toMatchObject({
      id: 25_000,
      previousEventId: 24_999,
      type: 'ExecutionFailed',
      executionFailedEventDetails: full,
    });
    // the start, two of the Parallel state, and nine for each round
    expect(polls).toBe(Math.ceil((24_999 - 3) / 9));
  });

  test("of a Map's item counts on its own, and a full one fails the Map", async () => {
    let polls = 0;
    const { run } = await start(
      {
        Look: async () => {
          polls += 1;
          return polls;
        },
      },
      { historyEvents: 40 },
    );
    const { execution, ended } = await run({ Items: map(LOOP) }, [1]);
    expect(ended).toMatchObject({ status: 'FAILED', ...THRESHOLD });
    // the start and four rounds: the fifth has no event left for its function's start
    expect(polls).toBe(4);
    expect(typesOf(execution).at(-1)).toBe('ExecutionFailed');
    expect(execution.history.length).toBeLessThan(10);
  });

  test('of an execution that waits for another one has six events for that, and ends the other one when it is full', async () => {
    const { promise: held, resolve } = Promise.withResolvers<void>();
    const { executions, begin, describe } = await start(
      { Look: async () => 1, Hang: () => held },
      { historyEvents: 60 },
    );
    const hang = JSON.stringify({ StartAt: 'Hang', States: { Hang: task('Hang') } });
    const inner = executions.create('inner', hang);
    const nested = (Next: string) => ({
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Parameters: { StateMachineArn: inner.arn, Name: 'inner', Input: {} },
      Next,
    });
    const beside = { StartAt: 'Look', States: LOOP };
    const waiting = { StartAt: 'Inner', States: { Inner: nested('Out'), Out: { Type: 'Pass', End: true } } };
    const execution = begin({ Both: { Type: 'Parallel', Branches: [waiting, beside], End: true } });
    await executions.ended(execution);
    expect(await describe(execution)).toMatchObject({ cause: expect.stringContaining('(60)') });
    const [ofInner] = executions.of(inner.arn);
    expect(ofInner?.ending).toMatchObject({ status: 'ABORTED' });
    expect(typesOf(execution).filter((type) => /^Task(?!State)/.test(type))).toEqual([
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
    ]);
    resolve();
  });
});

test('a state that returns more than 256 KB ends the execution, and no Catch handles it', async () => {
  const { run } = await start({ Half: async () => 'x'.repeat(150_000) });
  const half = (Next: string, ResultPath: string) => task('Half', { Next, ResultPath });
  const states = {
    First: half('Second', '$.first'),
    Second: half('End', '$.second'),
    End: { Type: 'Succeed' },
  };
  const { ended } = await run({
    All: { Type: 'Parallel', Branches: [{ StartAt: 'First', States: states }], ...CAUGHT },
    Caught,
  });
  expect(ended).toMatchObject({
    status: 'FAILED',
    error: 'States.DataLimitExceeded',
    cause:
      "The state/task 'Second' returned a result with a size exceeding the maximum number of bytes service limit.",
  });
});

describe('reads that lag', () => {
  test('do not show an execution that has just started', async () => {
    const { executions, begin, describe } = await start(
      { Echo: async (event) => event },
      { describeLagMs: 3_600_000 },
    );
    const execution = begin({ Echo: task('Echo') });
    await executions.ended(execution);
    await expect(describe(execution)).rejects.toThrow(
      expect.objectContaining({ name: 'ExecutionDoesNotExist' }),
    );
  });

  test('show an execution that has just ended as running', () => {
    const ended: Execution = {
      ...{ number: 1, arn: 'arn', machineArn: 'machine', name: 'one', input: '{}', history: [] },
      startedAt: 1_000,
      ending: { status: 'SUCCEEDED', output: '1' },
      endedAt: 5_000,
    };
    const { ending: _, endedAt: __, ...running } = ended;
    expect([1_999, 2_000, 5_999, 6_000].map((now) => staleView(ended, 1_000, now))).toEqual([
      undefined,
      running,
      running,
      ended,
    ]);
  });
});
