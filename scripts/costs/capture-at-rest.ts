import type { Settings } from '../../functions/migration/settings/settings.ts';

/** A month has 730 hours, as in AWS's own calculator. */
const SECONDS_A_MONTH = 730 * 60 * 60;
/** Polls of a shard per second, without a batching window. [Lambda developer guide, Using AWS Lambda with Amazon DynamoDB] */
const POLLS_A_SECOND = 4;
/** Records per batch, as in `functions/aws/stream-mappings.ts`. */
const BATCH = 500;
/** Memory of the capture function in GB, and its duration per batch, in s. */
const MEMORY_GB = 0.5;
const SECONDS_A_BATCH = 0.05;
/** Lines that Lambda itself writes for each invocation (START, END, REPORT), in bytes. */
const LOG_BYTES = 400;
const MILLION = 1e6;
const GB = 1e9;

/**
 * Prices that the planner does not need: us-east-1, in USD. Source: AWS's public pricing page of CloudWatch, by way of
 * secondary sources.
 */
export const LOG_PRICES = { asOf: '2025-12', perLogGb: 0.5 } as const;

export interface CaptureLoad {
  /** Writes per second to the tier tables, of all tenants. */
  readonly writesPerSecond: number;
  /** Number of tenants that are written, all equally often. */
  readonly tenants: number;
  /** Number of shards that the tenants are spread over: one for each partition that is written. */
  readonly shards: number;
  /** Time for which Lambda collects records before it calls the function, in s. */
  readonly windowSeconds: number;
}

export interface CaptureCost {
  /** Per month. */
  readonly invocations: number;
  /** USD per month, like the next three. */
  readonly lambda: number;
  readonly reads: number;
  readonly logs: number;
  readonly total: number;
}

/**
 * Estimates the cost of capture per month while no tenant is migrated. The mapping has no filter, because a filter cannot
 * know which tenants will be migrated. So the function is called for every write of every tenant, reads the route of each
 * tenant in the batch, and journals nothing.
 */
export const captureCostAtRest = (
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

/**
 * Estimates the batches per second of a shard. A batch ends at the poll that finds its first record, at the end of the
 * window that this record opens, or when it is full.
 */
const batchesPerSecond = (writesPerSecond: number, windowSeconds: number): number => {
  const full = writesPerSecond / BATCH;
  const open =
    windowSeconds === 0
      ? POLLS_A_SECOND * (1 - Math.exp(-writesPerSecond / POLLS_A_SECOND))
      : 1 / (windowSeconds + 1 / writesPerSecond);
  return Math.max(full, open);
};

/**
 * Returns the expected number of tenants in a batch if each record is equally likely to be of any of them. A route costs
 * one read unit.
 */
const tenantsIn = (records: number, tenants: number): number => tenants * (1 - (1 - 1 / tenants) ** records);
