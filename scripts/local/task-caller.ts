import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { functionName } from './arns.ts';
import type { PlacedState } from './definition.ts';
import type { ExecutionResult } from './history.ts';
import { invoke, type LocalFunction } from './invoke.ts';
import type { JSONValue } from './json.ts';
import { ServiceError } from './service-error.ts';
import { TaskError } from './task-error.ts';

/** Resources by which a Task starts another state machine: without waiting for its end, or waiting for its output as JSON. */
const START = 'arn:aws:states:::states:startExecution';
const START_AND_WAIT = `${START}.sync:2`;

const StartExecution = z.object({
  StateMachineArn: z.string(),
  Input: z.json().default({}),
  Name: z.string().optional(),
});

/** An ended execution that another one has started. */
export interface NestedExecution {
  readonly arn: string;
  readonly machineArn: string;
  readonly name: string;
  readonly input: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly ending: ExecutionResult;
}

type Start<Result> = (machineArn: string, executionName: string, input: string) => Result;

/** The functions and state machines that a Task can call on this machine. */
export interface TaskTargets {
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly start: Start<{ readonly arn: string; readonly startedAt: number }>;
  readonly startAndWait: Start<Promise<NestedExecution>>;
}

/** Calls the function, or starts the execution, that a Task's Resource names. */
export const callTask = async (
  { name, state }: PlacedState,
  input: JSONValue,
  { functions, start, startAndWait }: TaskTargets,
): Promise<JSONValue> => {
  const resource = state.Resource ?? '';
  if (resource === START || resource === START_AND_WAIT) {
    const { StateMachineArn, Input, Name = randomUUID() } = StartExecution.parse(input);
    try {
      if (resource === START_AND_WAIT) {
        return resultOf(await startAndWait(StateMachineArn, Name, JSON.stringify(Input)));
      }
      const { arn, startedAt } = start(StateMachineArn, Name, JSON.stringify(Input));
      return { ExecutionArn: arn, StartDate: startedAt };
    } catch (error) {
      if (error instanceof ServiceError) {
        throw new TaskError(`StepFunctions.${error.type}Exception`, error.message);
      }
      throw error;
    }
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
const resultOf = ({
  arn,
  machineArn,
  name,
  input,
  startedAt,
  endedAt,
  ending,
}: NestedExecution): JSONValue => {
  const output = {
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
    return { ...output, Output: JSON.parse(ending.output ?? 'null'), OutputDetails: { Included: true } };
  }
  throw new TaskError(
    'States.TaskFailed',
    JSON.stringify({ ...output, Error: ending.error, Cause: ending.cause }),
  );
};
