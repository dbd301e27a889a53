import type { ExecutionResult } from '../../history.ts';

/**
 * Returns the end of an execution whose history is full. No Catch handles it. [Step Functions, Avoiding hitting the history
 * quota]
 */
export const historyFull = (events: number): ExecutionResult => ({
  status: 'FAILED',
  error: 'States.Runtime',
  cause: `The execution reached the maximum number of history events (${events}).`,
});
