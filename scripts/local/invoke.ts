import { randomUUID } from 'node:crypto';
import type { LambdaContext } from '../../functions/aws/stage.ts';
import { STATE_PAYLOAD_BYTES } from '../../functions/migration/limits.ts';
import type { JSONValue } from './json.ts';
import { TaskError } from './task-error.ts';

/** A function's time-out is shorter than its state's, so that a second attempt never runs beside a first. */
const FUNCTION_SHARE = 0.75;
/** Of a Task without TimeoutSeconds, in s; the interpreter's own default, where AWS has none. */
const DEFAULT_TIMEOUT_SECONDS = 60;

/** Something that a Task state calls. */
export type LocalFunction = (event: JSONValue, context: LambdaContext) => Promise<unknown>;

/**
 * Calls a function as Step Functions calls it on Lambda: what goes in and out is JSON of bounded size, it has a
 * time-out, and its error comes back under its name.
 * @param payloadBytes for who calls it and is no state.
 * @throws TaskError
 */
export const invoke = async (
  run: LocalFunction,
  input: JSONValue,
  timeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
  payloadBytes = STATE_PAYLOAD_BYTES,
): Promise<JSONValue> => {
  const event = JSON.parse(within(JSON.stringify(input), payloadBytes, 'input'));
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
    return JSON.parse(within(JSON.stringify(result ?? null), payloadBytes, 'output'));
  } catch (error) {
    throw error instanceof TaskError ? error : asLambdaTells(error);
  } finally {
    clearTimeout(timer);
  }
};

const within = (json: string, payloadBytes: number, what: string): string => {
  const bytes = Buffer.byteLength(json);
  if (bytes <= payloadBytes) return json;
  throw new TaskError(
    'States.DataLimitExceeded',
    `The ${what} of a task has ${bytes} bytes, more than the ${STATE_PAYLOAD_BYTES} that a state may have.`,
    // on AWS no States.ALL catches it either
    { isFinal: true },
  );
};

/** [Lambda, Function errors: errorType, errorMessage, trace] */
const asLambdaTells = (error: unknown): TaskError => {
  const name = error instanceof Error ? error.name : 'Error';
  const message = error instanceof Error ? error.message : String(error);
  const trace = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  return new TaskError(name, lambdaCause(name, message, trace));
};

const lambdaCause = (errorType: string, errorMessage: string, trace: readonly string[] = []): string =>
  JSON.stringify({ errorType, errorMessage, trace });
