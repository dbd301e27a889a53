import type { Ending } from '../../history.ts';

/** How an execution ends whose history is full; no Catch catches it. [Step Functions, Avoiding hitting the history quota] */
export const historyFull = (events: number): Ending => ({
  status: 'FAILED',
  error: 'States.Runtime',
  cause: `The execution reached the maximum number of history events (${events}).`,
});
