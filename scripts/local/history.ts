import type { Definition } from './definition.ts';
import type { InterpreterEvent } from './interpreter.ts';
import type { JSONValue } from './json.ts';

/** An event as GetExecutionHistory returns it, except for the timestamp, which is in ms. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: number;
  readonly type: string;
  readonly [details: `${string}EventDetails`]: Readonly<Record<string, unknown>>;
}

/** An event that has no number yet. */
export interface HistoryEntry {
  readonly type: string;
  readonly details?: { readonly name: string; readonly value: Readonly<Record<string, unknown>> };
  readonly timestamp: number;
}

const NOT_TRUNCATED = { truncated: false };
const INPUT = (value: JSONValue) => ({ input: JSON.stringify(value), inputDetails: NOT_TRUNCATED });
const OUTPUT = (value: JSONValue | undefined) => ({
  output: JSON.stringify(value ?? null),
  outputDetails: NOT_TRUNCATED,
});

/**
 * Returns a function that translates one execution's interpreter events into those of Step Functions' history. The events
 * of Tasks (scheduled, succeeded) are added by {@link taskEntries}. Events within a distributed Map are left out: on
 * AWS they are in the histories of its child executions.
 */
export const historian = (definition: Definition): ((event: InterpreterEvent) => HistoryEntry[]) => {
  // a state whose error is caught is exited, too
  const failed = new Set<string>();
  return (event) => {
    if (event.type === 'StateFailed') failed.add(event.state.name);
    if (event.type === 'StateEntered' || event.type === 'StateRetried') failed.delete(event.state.name);
    return historyEntries(event, definition, failed);
  };
};

const historyEntries = (
  event: InterpreterEvent,
  definition: Definition,
  failed: ReadonlySet<string>,
): HistoryEntry[] => {
  const timestampOf = (type: string, details?: HistoryEntry['details']): HistoryEntry => ({
    type,
    timestamp: event.timestamp,
    ...(details && { details }),
  });
  const isHidden = (name: string) => definition.states.get(name)?.isDistributed ?? false;
  switch (event.type) {
    case 'StateEntered': {
      const { name, type, input } = event.state;
      if (isHidden(name)) return [];
      const entered = timestampOf(`${type}StateEntered`, {
        name: 'stateEnteredEventDetails',
        value: { name, ...INPUT(input) },
      });
      if (isDistributedMap(definition, name))
        return [entered, timestampOf('MapStateStarted'), timestampOf('MapRunStarted')];
      return type === 'Map' || type === 'Parallel'
        ? [entered, timestampOf(`${type}StateStarted`)]
        : [entered];
    }
    case 'StateExited': {
      const { name, type, output } = event.state;
      if (isHidden(name) || type === 'Fail') return [];
      const exited = timestampOf(`${type}StateExited`, {
        name: 'stateExitedEventDetails',
        value: { name, ...OUTPUT(output) },
      });
      if (failed.has(name)) return [exited];
      if (isDistributedMap(definition, name)) {
        return [timestampOf('MapRunSucceeded'), timestampOf('MapStateSucceeded'), exited];
      }
      return type === 'Map' || type === 'Parallel'
        ? [timestampOf(`${type}StateSucceeded`), exited]
        : [exited];
    }
    case 'StateFailed': {
      const { name, type } = event.state;
      if (isHidden(name)) return [];
      const value = { error: event.Error, cause: causeText(event.Cause) };
      if (isDistributedMap(definition, name)) {
        return [
          timestampOf('MapRunFailed', { name: 'mapRunFailedEventDetails', value }),
          timestampOf('MapStateFailed'),
        ];
      }
      if (type === 'Map' || type === 'Parallel') return [timestampOf(`${type}StateFailed`)];
      if (type === 'Task' && event.Error === 'States.Timeout') {
        return [timestampOf('LambdaFunctionTimedOut', { name: 'lambdaFunctionTimedOutEventDetails', value })];
      }
      return [];
    }
    case 'MapIterationStarted':
    case 'MapIterationSucceeded':
    case 'MapIterationFailed': {
      const { name } = event.parentState;
      if (isHidden(name) || isDistributedMap(definition, name)) return [];
      const key = event.type.replace('MapIteration', 'mapIteration');
      return [timestampOf(event.type, { name: `${key}EventDetails`, value: { name, index: event.index } })];
    }
    default:
      return [];
  }
};

const isDistributedMap = (definition: Definition, name: string): boolean => {
  const state = definition.states.get(name)?.state;
  return (state?.ItemProcessor ?? state?.Iterator)?.ProcessorConfig?.Mode === 'DISTRIBUTED';
};

const causeText = (cause: unknown): string => (typeof cause === 'string' ? cause : JSON.stringify(cause));

/** Numbers an event. Each one follows the previous one: parallel work is recorded in the order in which it took place. */
export const numbered = ({ type, details, timestamp }: HistoryEntry, after: number): HistoryEvent => ({
  id: after + 1,
  previousEventId: after,
  timestamp,
  type,
  ...(details && { [details.name]: details.value }),
});

export const started = (input: string, roleArn: string, timestamp: number): HistoryEntry => ({
  type: 'ExecutionStarted',
  timestamp,
  details: {
    name: 'executionStartedEventDetails',
    value: { input, inputDetails: NOT_TRUNCATED, roleArn },
  },
});

const TITLES = {
  SUCCEEDED: ['ExecutionSucceeded', 'executionSucceededEventDetails'],
  FAILED: ['ExecutionFailed', 'executionFailedEventDetails'],
  ABORTED: ['ExecutionAborted', 'executionAbortedEventDetails'],
  TIMED_OUT: ['ExecutionTimedOut', 'executionTimedOutEventDetails'],
} as const;

/** The end of an execution: its status, and output or error. */
export interface ExecutionResult {
  readonly status: keyof typeof TITLES;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

export const endEntry = (
  { status, output, error, cause }: ExecutionResult,
  timestamp: number,
): HistoryEntry => {
  const [type, name] = TITLES[status];
  const value = output === undefined ? { error, cause } : { output, outputDetails: NOT_TRUNCATED };
  return { type, timestamp, details: { name, value } };
};

/** Returns the events of a Task's call of Lambda or of another service. */
export const taskEntries = (resource: string, isLambda: boolean, region: string) => {
  const service = /^arn:aws[\w-]*:states:::([^:]+):(.+)$/.exec(resource);
  const what = { resourceType: service?.[1] ?? '', resource: service?.[2] ?? resource };
  const createEvent = (
    type: string,
    key: string,
    value: Readonly<Record<string, unknown>>,
  ): HistoryEntry => ({
    type,
    timestamp: Date.now(),
    details: { name: `${key}EventDetails`, value },
  });
  return isLambda
    ? {
        begun: (input: JSONValue): HistoryEntry[] => [
          createEvent('LambdaFunctionScheduled', 'lambdaFunctionScheduled', { resource, ...INPUT(input) }),
          { type: 'LambdaFunctionStarted', timestamp: Date.now() },
        ],
        succeeded: (output: JSONValue) =>
          createEvent('LambdaFunctionSucceeded', 'lambdaFunctionSucceeded', OUTPUT(output)),
        failed: (error: string, cause: string) =>
          createEvent('LambdaFunctionFailed', 'lambdaFunctionFailed', { error, cause }),
      }
    : {
        begun: (input: JSONValue): HistoryEntry[] => [
          createEvent('TaskScheduled', 'taskScheduled', {
            ...what,
            region,
            parameters: JSON.stringify(input),
          }),
          createEvent('TaskStarted', 'taskStarted', what),
          // the execution that it waits for was started
          ...(what.resource.includes('.sync') ? [createEvent('TaskSubmitted', 'taskSubmitted', what)] : []),
        ],
        succeeded: (output: JSONValue) =>
          createEvent('TaskSucceeded', 'taskSucceeded', { ...what, ...OUTPUT(output) }),
        failed: (error: string, cause: string) =>
          createEvent('TaskFailed', 'taskFailed', { ...what, error, cause }),
      };
};
