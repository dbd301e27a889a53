import * as z from 'zod';
import { EXECUTION_HISTORY_EVENTS } from '../../../../functions/migration/limits.ts';

/** How the state machines' stand-in answers as Step Functions does. */
export const StepFunctionsSettings = z
  .strictObject({
    /** Events of an execution's history; the last of them says that it has failed. [Step Functions service quotas] */
    historyEvents: z.number().int().min(10).default(EXECUTION_HISTORY_EVENTS),
    /** True if a state whose output is too large ends the execution, whichever state it is. [Step Functions service quotas] */
    boundedOutput: z.boolean().default(true),
    /**
     * How long DescribeExecution and ListExecutions do not show a start or an end, in ms. AWS states no bound: "results are
     * best effort and may not reflect very recent updates". [Step Functions API reference, DescribeExecution]
     */
    describeLagMs: z.number().min(0).default(1_000),
  })
  .prefault({});
export type StepFunctionsSettings = z.output<typeof StepFunctionsSettings>;
