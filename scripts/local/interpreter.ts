import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  ExecutionError,
  ExecutionTimeoutError,
  type RunOptions,
  StateMachine,
} from 'aws-local-stepfunctions';
import type { Definition, PlacedState } from './definition.ts';
import type { ExecutionResult } from './history.ts';
import type { JSONValue } from './json.ts';
import { TaskError } from './task-error.ts';

type InterpretedResult = ReturnType<StateMachine['run']>;
export type InterpreterEvent =
  InterpretedResult['eventLogs'] extends AsyncGenerator<infer Event> ? Event : never;

/** Shorter waits and retry intervals for tests, by state name, in ms. */
export interface Overrides {
  readonly waits?: Readonly<Record<string, number>>;
  readonly retries?: Readonly<Record<string, number>>;
}

export interface Interpretation {
  /** The end of the run; undefined if it was aborted. Never rejects. */
  readonly result: Promise<ExecutionResult | undefined>;
  /** Lets no further state begin. Running tasks continue, as on Lambda. */
  abort(): void;
}

/**
 * Returns the error that ends a task instead of starting it: its execution is over, or its Map or Parallel state has
 * failed.
 */
export const afterEndError = (state: string): TaskError =>
  new TaskError('Local.TooLate', `${state} may not begin any more`, { isFinal: true });

/** Runs a definition, and calls `task` for every Task state that begins. */
export const interpret = (
  definition: Definition,
  input: JSONValue,
  options: {
    readonly context: NonNullable<RunOptions['context']>;
    readonly task: (placed: PlacedState, input: JSONValue) => Promise<JSONValue>;
    readonly onEvent: (event: InterpreterEvent) => void;
    readonly overrides: Overrides;
  },
): Interpretation => {
  let isOver = false;
  // the interpreter still starts queued items of a failed Map; AWS does not
  const failed = new Set<string>();
  const startInterpretation = async (placed: PlacedState, taskInput: JSONValue): Promise<JSONValue> => {
    // events arrive before the next turn, so a failure is known after it
    await nextTurn();
    if (isOver || placed.within.some((name) => failed.has(name))) {
      throw afterEndError(placed.name);
    }
    return options.task(placed, taskInput);
  };
  const tasks = [...definition.states.values()].filter(({ state }) => state.Type === 'Task');
  // validated when the machine was created; compiling the schema again would take longer than a short execution
  const run = new StateMachine(definition.machine, { validationOptions: { noValidate: true } }).run(input, {
    context: options.context,
    noThrowOnAbort: true,
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        tasks.map((placed) => [
          placed.name,
          (taskInput: JSONValue) => startInterpretation(placed, taskInput),
        ]),
      ),
      waitTimeOverrides: { ...options.overrides.waits },
      retryIntervalOverrides: { ...options.overrides.retries },
    },
  });
  const forwarded = forwardEvent(run.eventLogs, (event) => {
    note(failed, event);
    options.onEvent(event);
  });
  const result = run.result
    .then(
      (output): ExecutionResult | undefined =>
        isOver ? undefined : { status: 'SUCCEEDED', output: JSON.stringify(output) },
      endingOf,
    )
    .then(async (ending) => {
      isOver = true;
      await forwarded;
      return ending;
    });
  return {
    result,
    abort: () => {
      isOver = true;
      run.abort();
    },
  };
};

const forwardEvent = async (
  events: AsyncIterable<InterpreterEvent>,
  onEvent: (event: InterpreterEvent) => void,
): Promise<void> => {
  for await (const event of events) onEvent(event);
};

const note = (failed: Set<string>, event: InterpreterEvent): void => {
  if (event.type === 'MapIterationFailed' || event.type === 'ParallelBranchFailed') {
    failed.add(event.parentState.name);
  } else if (event.type === 'StateEntered' || event.type === 'StateRetried') {
    failed.delete(event.state.name);
  }
};

const endingOf = (error: unknown): ExecutionResult => {
  if (error instanceof ExecutionTimeoutError) {
    return { status: 'TIMED_OUT', error: 'States.Timeout', cause: error.message };
  }
  const reason = error instanceof ExecutionError ? error.cause : error;
  if (!(reason instanceof Error)) return { status: 'FAILED', error: 'States.Runtime', cause: String(reason) };
  return { status: 'FAILED', error: reason.name, cause: reason.message };
};
