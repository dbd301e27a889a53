import * as z from 'zod';

/** Why a step or an execution failed, for people. */
export interface Reason {
  readonly error: string;
  readonly cause: string;
}

/** In one line. */
export const reasonLine = ({ error, cause }: Reason): string => `${error}: ${cause}`;

/** What a Lambda throws. [Lambda, Function errors: errorMessage, errorType, trace] */
const Thrown = z.object({ errorMessage: z.string() });
/** What a state that waits for another execution fails with. [Start workflow executions from a task state] */
const EndedExecution = z.object({
  Status: z.string(),
  Error: z.string().optional(),
  Cause: z.string().default(''),
});

/** The innermost reason in what Step Functions says of an error: a cause may be a JSON document with another one in it. */
export const reasonOf = (error: string, cause: string): Reason => {
  const told = parsed(cause);
  const thrown = Thrown.safeParse(told);
  if (thrown.success) return { error, cause: thrown.data.errorMessage };
  const ended = EndedExecution.safeParse(told);
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
