import { randomUUID } from 'node:crypto';
import type { LambdaContext } from '../../functions/aws/step.ts';
import { STATE_PAYLOAD_BYTES } from '../../functions/migration/limits.ts';
import type { JSONValue } from './json.ts';
import { TaskError } from './task-error.ts';

/** A function's time-out as a share of its state's: shorter, so that two attempts never run at the same time. */
const FUNCTION_SHARE = 0.75;
/** Time-out of a Task without TimeoutSeconds, in s: the interpreter's own default; AWS has none. */
const DEFAULT_TIMEOUT_SECONDS = 60;

/** A function that a Task state calls. */
export type LocalFunction = (event: JSONValue, context: LambdaContext) => Promise<unknown>;

/**
 * Calls a function as Step Functions calls it on Lambda: input and output are JSON of bounded size, the call has a
 * time-out, and an error keeps its name.
 * @param payloadBytes limit of input and output; pass another one for callers that are not states.
 * @throws TaskError
 */
export const invoke = async (
  run: LocalFunction,
  input: JSONValue,
  timeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
  payloadBytes = STATE_PAYLOAD_BYTES,
): Promise<JSONValue> => {
  const event = JSON.parse(withTimeout(JSON.stringify(input), payloadBytes, 'input'));
  const timeoutMs = timeoutSeconds * 1_000 * FUNCTION_SHARE;
  const awsRequestId = randomUUID();
  const deadline = performance.now() + timeoutMs;
  const context: LambdaContext = {
    awsRequestId,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
  };
  const { promise: timedOut, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const cause = `RequestId: ${awsRequestId} Error: Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`;
    reject(new TaskError('Sandbox.Timedout', lambdaCause('Sandbox.Timedout', cause)));
  }, timeoutMs);
  try {
    const result = await Promise.race([run(event, context), timedOut]);
    return JSON.parse(withTimeout(JSON.stringify(result ?? null), payloadBytes, 'output'));
  } catch (error) {
    throw error instanceof TaskError ? error : lambdaError(error);
  } finally {
    clearTimeout(timer);
  }
};

const withTimeout = (json: string, payloadBytes: number, what: string): string => {
  const bytes = Buffer.byteLength(json);
  if (bytes <= payloadBytes) return json;
  throw new TaskError(
    'States.DataLimitExceeded',
    `The ${what} of a task has ${bytes} bytes, more than the ${STATE_PAYLOAD_BYTES} that a state may have.`,
    // States.ALL does not catch it on AWS either
    { isFinal: true },
  );
};

/** [Lambda, Function errors: errorType, errorMessage, trace] */
const lambdaError = (error: unknown): TaskError => {
  const name = error instanceof Error ? error.name : 'Error';
  const message = error instanceof Error ? error.message : String(error);
  const trace = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  return new TaskError(name, lambdaCause(name, message, trace));
};

const lambdaCause = (errorType: string, errorMessage: string, trace: readonly string[] = []): string =>
  JSON.stringify({ errorType, errorMessage, trace });
