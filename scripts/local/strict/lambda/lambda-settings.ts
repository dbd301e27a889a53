import * as z from 'zod';

/** Reserved concurrency of the deployment, by handler. */
const RESERVED = { CountSchools: 10, SweepTenants: 1, RequestMove: 10, AdmitQueued: 2 };

const Share = z.number().min(0).max(1).default(0);

/** Settings of the limits, cold starts and failures of functions in strict mode. */
export const LambdaSettings = z
  .strictObject({
    /** Maximum number of concurrent invocations of the account; 10 in a new account. [Lambda quotas] */
    accountConcurrency: z.number().int().positive().default(1_000),
    /**
     * Concurrent invocations reserved for a function, by handler: it gets no more, and other functions get none of them.
     * [Configuring reserved concurrency for a function]
     */
    reservedConcurrency: z.record(z.string(), z.number().int().min(0)).default(RESERVED),
    /**
     * Duration of a cold start, in ms. On AWS it is 100 ms to over a second. [Understanding the Lambda execution
     * environment lifecycle]
     */
    coldStartMs: z.number().min(0).default(600),
    /**
     * Time for which an idle environment is kept, in ms. AWS states no bound. [Understanding the Lambda execution
     * environment lifecycle]
     */
    keptMs: z.number().min(0).default(600_000),
    /**
     * Share of invocations that fail in Lambda itself before they begin: `Lambda.AWSLambdaException`. [Handle transient
     * Lambda service exceptions]
     */
    serviceFailureShare: Share,
    /**
     * Share of invocations whose process ends before or after its work: `Runtime.ExitError`. [Troubleshoot invocation
     * issues in Lambda]
     */
    crashShare: Share,
  })
  .refine(
    ({ accountConcurrency, reservedConcurrency }) =>
      Object.values(reservedConcurrency).reduce((sum, one) => sum + one, 0) < accountConcurrency,
    'reservedConcurrency leaves nothing of accountConcurrency for other functions: raise the latter or lower the former',
  )
  .prefault({});
export type LambdaSettings = z.output<typeof LambdaSettings>;
