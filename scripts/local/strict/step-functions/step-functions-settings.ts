import * as z from 'zod';
import { EXECUTION_HISTORY_EVENTS } from '../../../../functions/migration/limits.ts';

/** Settings of the limits and delays of Step Functions in strict mode. */
export const StepFunctionsSettings = z
  .strictObject({
    /** Maximum number of events in an execution's history; the last one records the failure. [Step Functions service quotas] */
    historyEvents: z.number().int().min(10).default(EXECUTION_HISTORY_EVENTS),
    /** True if any state whose output is too large ends the execution. [Step Functions service quotas] */
    boundedOutput: z.boolean().default(true),
    /**
     * Time for which DescribeExecution and ListExecutions do not show a start or an end, in ms. AWS states no bound: "results
     * are best effort and may not reflect very recent updates". [Step Functions API reference, DescribeExecution]
     */
    describeLagMs: z.number().min(0).default(1_000),
  })
  .prefault({});
export type StepFunctionsSettings = z.output<typeof StepFunctionsSettings>;
