import type { Execution } from '../../executions.ts';

/**
 * Returns an execution as DescribeExecution and ListExecutions show it: without the changes of the last `lagMs`.
 * @returns undefined if its start is not shown yet.
 */
export const staleView = (execution: Execution, lagMs: number, now = Date.now()): Execution | undefined => {
  if (now - execution.startedAt < lagMs) return undefined;
  if (execution.endedAt === undefined || now - execution.endedAt >= lagMs) return execution;
  const { ending: _, endedAt: __, ...running } = execution;
  return running;
};
