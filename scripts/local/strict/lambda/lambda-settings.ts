import * as z from 'zod';

/** What the deployment reserves. */
const RESERVED = { CountSchools: 10, SweepTenants: 1, RequestMove: 10, AdmitQueued: 2 };

const Share = z.number().min(0).max(1).default(0);

/** How functions on this machine are limited, started and lost as on Lambda. */
export const LambdaSettings = z
  .strictObject({
    /** Invocations of the account at one time; 10 in a new account. [Lambda quotas] */
    accountConcurrency: z.number().int().positive().default(1_000),
    /**
     * Invocations at one time that are set aside for a function, by handler: it gets no more, and the others get none of
     * them. [Configuring reserved concurrency for a function]
     */
    reservedConcurrency: z.record(z.string(), z.number().int().min(0)).default(RESERVED),
    /** How long a new environment takes to begin, in ms: 100 ms to over a second. [Understanding the Lambda execution environment lifecycle] */
    coldStartMs: z.number().min(0).default(600),
    /** How long an environment that does nothing is kept, in ms. AWS states no bound. [Understanding the Lambda execution environment lifecycle] */
    keptMs: z.number().min(0).default(600_000),
    /** Share of the invocations that Lambda itself fails before they begin: `Lambda.AWSLambdaException`. [Handle transient Lambda service exceptions] */
    serviceFailureShare: Share,
    /** Share of the invocations whose process ends before or after its work: `Runtime.ExitError`. [Troubleshoot invocation issues in Lambda] */
    crashShare: Share,
  })
  .refine(
    ({ accountConcurrency, reservedConcurrency }) =>
      Object.values(reservedConcurrency).reduce((sum, one) => sum + one, 0) < accountConcurrency,
    'reservedConcurrency leaves nothing of accountConcurrency for other functions: raise the one or lower the other',
  )
  .prefault({});
export type LambdaSettings = z.output<typeof LambdaSettings>;
