/** Seconds after which a Task ends with `States.Timeout`. Longer than most functions may run, so that two tries never overlap. */
const TIMEOUT_SECONDS = 60;

/** One retry rule of a state: these errors, tried again with growing pauses. */
interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly BackoffRate: number;
  readonly MaxDelaySeconds: number;
  readonly MaxAttempts: number;
  readonly JitterStrategy: 'FULL';
}

/** Retry rules of every Task that calls a function. A later try may find the work of an earlier one done, in part or whole. */
const RETRY: readonly Retrier[] = [
  {
    ErrorEquals: [
      // DynamoDB refused calls for longer than the SDK retries, or another process changed a record first
      'Throttled',
      'Unavailable',
      'Conflict',
      // [Step Functions developer guide, Handle transient Lambda service exceptions]
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.TooManyRequestsException',
      'Lambda.ClientExecutionTimeoutException',
      // an error that Lambda could not name: out of memory, for one
      'Lambda.Unknown',
      'Sandbox.Timedout',
    ],
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxDelaySeconds: 30,
    MaxAttempts: 6,
    JitterStrategy: 'FULL',
  },
  {
    // the process crashed or hung: a defect would crash it each time, so it gets fewer tries
    ErrorEquals: ['Runtime.ExitError', 'States.Timeout'],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxDelaySeconds: 30,
    MaxAttempts: 2,
    JitterStrategy: 'FULL',
  },
];

/** The resource of a Task that calls a function: a placeholder for the function's ARN. */
const FUNCTION = /^\$\{\w+\}$/;

/**
 * Returns a state machine with the default time-out and the default Retry in each of its Tasks, at every depth. This is what is
 * deployed; `npm run print:asl` prints it.
 *
 * A Task keeps its own `TimeoutSeconds`. Its own Retry follows the default one, which leaves out every error that the Task
 * retries itself, and all of them if the Task retries `States.ALL`. A Task that calls a service and no function has its own
 * Retry only, since services throw other errors.
 * @param asl text of a definition in the Amazon States Language, with placeholders.
 * @throws SyntaxError if the text is no JSON.
 */
export const withDefaults = (asl: string): string => JSON.stringify(JSON.parse(asl, addToStates), null, 2);

/** Reviver of `JSON.parse`, which calls it for inner values first. */
const addToStates = (key: string, value: unknown): unknown =>
  key === 'States' && isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, state]) => [name, withTaskDefaults(state)]))
    : value;

const withTaskDefaults = (state: unknown): unknown => {
  if (!isObject(state) || state.Type !== 'Task') return state;
  const own = Array.isArray(state.Retry) ? state.Retry : [];
  const isFunction = typeof state.Resource === 'string' && FUNCTION.test(state.Resource);
  const retry = isFunction ? [...defaultRetry(own), ...own] : own;
  return {
    ...state,
    TimeoutSeconds: state.TimeoutSeconds ?? TIMEOUT_SECONDS,
    ...(retry.length > 0 ? { Retry: retry } : {}),
  };
};

/** Returns the default Retry without the errors that a state retries itself. */
const defaultRetry = (own: readonly unknown[]): Retrier[] => {
  const overridden = new Set(own.flatMap((retrier) => (isObject(retrier) ? retrier.ErrorEquals : [])));
  if (overridden.has('States.ALL')) return [];
  return RETRY.map((retrier) => ({
    ...retrier,
    ErrorEquals: retrier.ErrorEquals.filter((error) => !overridden.has(error)),
  })).filter(({ ErrorEquals }) => ErrorEquals.length > 0);
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
