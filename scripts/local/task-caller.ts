import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { functionName } from './arns.ts';
import type { Placed } from './definition.ts';
import type { Ending } from './history.ts';
import { invoke, type LocalFunction } from './invoke.ts';
import type { JSONValue } from './json.ts';
import { TaskError } from './task-error.ts';

/** A Task may start another state machine and wait for its end, with its output as JSON. */
const START_AND_WAIT = 'arn:aws:states:::states:startExecution.sync:2';

const StartAndWait = z.object({
  StateMachineArn: z.string(),
  Input: z.json().default({}),
  Name: z.string().optional(),
});

/** How an execution that was started by another one ended. */
export interface Nested {
  readonly arn: string;
  readonly machineArn: string;
  readonly name: string;
  readonly input: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly ending: Ending;
}

/** Calls what a Task's Resource names: a function of this machine, or a nested execution. */
export const callTask = async (
  { name, state }: Placed,
  input: JSONValue,
  functions: ReadonlyMap<string, LocalFunction>,
  startAndWait: (machineArn: string, executionName: string, input: string) => Promise<Nested>,
): Promise<JSONValue> => {
  const resource = state.Resource ?? '';
  if (resource === START_AND_WAIT) {
    const { StateMachineArn, Input, Name } = StartAndWait.parse(input);
    return resultOf(await startAndWait(StateMachineArn, Name ?? randomUUID(), JSON.stringify(Input)));
  }
  const called = functionName(resource);
  const run = called === undefined ? undefined : functions.get(called);
  if (!run) {
    throw new TaskError(
      'Lambda.ResourceNotFoundException',
      `state ${name} calls ${resource}, which is not on this machine`,
    );
  }
  return invoke(run, input, state.TimeoutSeconds);
};

/** [Start workflow executions from a task state: the result of sync:2, and States.TaskFailed] */
const resultOf = ({ arn, machineArn, name, input, startedAt, endedAt, ending }: Nested): JSONValue => {
  const told = {
    ExecutionArn: arn,
    Input: input,
    InputDetails: { Included: true },
    Name: name,
    StartDate: startedAt,
    StateMachineArn: machineArn,
    Status: ending.status,
    StopDate: endedAt,
  };
  if (ending.status === 'SUCCEEDED') {
    return { ...told, Output: JSON.parse(ending.output ?? 'null'), OutputDetails: { Included: true } };
  }
  throw new TaskError(
    'States.TaskFailed',
    JSON.stringify({ ...told, Error: ending.error, Cause: ending.cause }),
  );
};
