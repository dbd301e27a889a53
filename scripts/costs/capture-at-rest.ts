import type { Settings } from '../../functions/migration/settings.ts';

/** 730 hours, as AWS's own calculator has it. */
const SECONDS_A_MONTH = 730 * 60 * 60;
/** Polls of a shard a second, without a batching window. [Lambda developer guide, Using AWS Lambda with Amazon DynamoDB] */
const POLLS_A_SECOND = 4;
/** As in `functions/aws/stream-mappings.ts`. */
const BATCH = 500;
/** Memory of the capture function in GB, and how long it works on a batch, in s. */
const MEMORY_GB = 0.5;
const SECONDS_A_BATCH = 0.05;
/** Lines that Lambda itself writes for each invocation (START, END, REPORT), in bytes. */
const LOG_BYTES = 400;
const MILLION = 1e6;
const GB = 1e9;

/**
 * What the planner's table of prices does not hold: us-east-1, in USD. Source: AWS's public pricing page of CloudWatch, by way
 * of secondary sources.
 */
export const LOG_PRICES = { asOf: '2025-12', perLogGb: 0.5 } as const;

export interface CaptureLoad {
  /** Writes to the tier tables a second, of all tenants. */
  readonly writesPerSecond: number;
  /** Tenants that write, each as much as the others. */
  readonly tenants: number;
  /** Shards that the tenants are spread over: one for each partition that is written. */
  readonly shards: number;
  /** Seconds for which Lambda collects records before it calls the function. */
  readonly windowSeconds: number;
}

export interface CaptureCost {
  /** A month. */
  readonly invocations: number;
  /** USD a month. */
  readonly lambda: number;
  readonly reads: number;
  readonly logs: number;
  readonly total: number;
}

/**
 * What capture costs a month while no tenant is migrated. Its mapping has no filter, because a filter cannot know which
 * tenants will be migrated: it is called for every write of every tenant, reads the route of each tenant in the batch, and
 * finds that nothing is to be noted.
 */
export const captureAtRest = (
  { prices }: Pick<Settings, 'prices'>,
  { writesPerSecond, tenants, shards, windowSeconds }: CaptureLoad,
): CaptureCost => {
  const perShard = writesPerSecond / shards;
  const batches = batchesPerSecond(perShard, windowSeconds);
  const invocations = shards * batches * SECONDS_A_MONTH;
  const lambda =
    (invocations / MILLION) * prices.perMillionLambdaRequests +
    invocations * SECONDS_A_BATCH * MEMORY_GB * prices.perLambdaGbSecond;
  const routes = invocations * tenantsIn(perShard / batches, tenants / shards);
  const reads = (routes / MILLION) * prices.perMillionReadUnits;
  const logs = ((invocations * LOG_BYTES) / GB) * LOG_PRICES.perLogGb;
  return { invocations, lambda, reads, logs, total: lambda + reads + logs };
};

/** A batch is handed over at the first poll that finds a record, at the end of the window that it opens, or when it is full. */
const batchesPerSecond = (writesPerSecond: number, windowSeconds: number): number => {
  const full = writesPerSecond / BATCH;
  const open =
    windowSeconds === 0
      ? POLLS_A_SECOND * (1 - Math.exp(-writesPerSecond / POLLS_A_SECOND))
      : 1 / (windowSeconds + 1 / writesPerSecond);
  return Math.max(full, open);
};

/** Tenants to expect among the records of a batch, when each record is of any of them. A route takes one read unit. */
const tenantsIn = (records: number, tenants: number): number => tenants * (1 - (1 - 1 / tenants) ** records);
