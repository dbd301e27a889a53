import * as z from 'zod';
import { NextStep } from './next-action.ts';
import type { FieldsOf } from './record-fields.ts';

/** Why a step or an execution failed, for people. */
export const Reason = z.object({
  error: z.string(),
  cause: z.string(),
  /**
   * Next action that the error named; absent if it named none, or if this version does not know it. Another version's
   * action must not make a record unreadable.
   */
  next: NextStep.optional().catch(undefined),
});
export type Reason = FieldsOf<typeof Reason>;

/** Returns the reason in one line. */
export const reasonLine = ({ error, cause }: Reason): string => `${error}: ${cause}`;

/** Error payload of a Lambda. [Lambda, Function errors: errorMessage, errorType, trace] */
const LambdaError = z.object({ errorMessage: z.string() });
/** Error payload of a state that waits for another execution. [Start workflow executions from a task state] */
const EndedExecution = z.object({
  Status: z.string(),
  Error: z.string().optional(),
  Cause: z.string().default(''),
});

/**
 * Returns the innermost reason in a Step Functions error. Its cause may be a JSON document with another error inside.
 */
export const reasonOf = (error: string, cause: string): Reason => {
  const reported = parsed(cause);
  const thrown = LambdaError.safeParse(reported);
  if (thrown.success) return { error, cause: thrown.data.errorMessage };
  const ended = EndedExecution.safeParse(reported);
  if (!ended.success) return { error, cause };
  const { Status, Error: inner, Cause } = ended.data;
  return inner === undefined
    ? { error, cause: `the execution that it waited for ended as ${Status}` }
    : reasonOf(inner, Cause);
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
