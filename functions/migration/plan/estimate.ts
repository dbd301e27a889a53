import { READ_UNIT_BYTES } from '../limits.ts';
import { readUnits, writeUnits } from '../names.ts';
import type { Survey } from '../segment.ts';
import { expectedFenceMs } from '../settings/fence-time.ts';
import { secondsBetweenPolls } from '../settings/hold-polls.ts';
import type { Settings } from '../settings/settings.ts';
import type { Estimate, StageEstimate } from './plan.ts';

/** Memory of a worker function, in GB. */
const WORKER_GB = 1;
/** Memory of the function that reads the streams, in GB, and its time per batch, in s. */
const CAPTURE_GB = 0.5;
const CAPTURE_SECONDS = 0.05;
/** Maximum number of records in a batch; fewer if they arrive slowly. */
const CAPTURE_BATCH = 500;
/**
 * Number of times per second that Lambda polls a stream. [Lambda developer guide, Using AWS Lambda with Amazon
 * DynamoDB]
 */
const STREAM_POLLS_PER_SECOND = 4;
/**
 * State transitions and invocations, by the number of states that `tier-migration.asl.json` enters without retries.
 * `fixed` is for an execution with its watchdog. `perSegment` and `perCleanedSegment` are for one segment in survey,
 * copy, comparison, comparison with the kept source, verification and clean-up (`test/workflow/cost.test.ts` counts
 * them in a real run).
 */
const TRANSITIONS = { fixed: 74, perSegment: 9, perCleanedSegment: 3 } as const;
const INVOCATIONS = { fixed: 31, perSegment: 5, perCleanedSegment: 1 } as const;
const MS = 1_000;

export interface Workload {
  readonly items: number;
  readonly bytes: number;
  readonly segments: number;
  readonly survey: Survey;
  readonly dropsSourceTable: boolean;
  readonly createsTable: boolean;
  /** Time for which the source is kept after the flip, in ms. */
  readonly holdMs: number;
  /** The operator's limits, in units per second; absent for the deployment's. */
  readonly readUnitsPerSecond?: number | undefined;
  readonly writeUnitsPerSecond?: number | undefined;
}

/**
 * Estimates what a migration will use and how long it will take. Reads are rounded to 4 KB per page, so bytes / 4 KB is
 * their minimum. Puts and deletes are rounded to 1 KB per item, for the table and for each index that contains the
 * item. [Read and write operations] The duration is that of the slower of reads and writes. Each runs at the lower of
 * the deployment's throughput and the migration's limit; a migration without a read limit reads at the deployment's.
 */
export const estimate = (settings: Settings, load: Workload): Estimate => {
  const reads = Math.ceil(load.bytes / READ_UNIT_BYTES) + load.segments;
  const writes = load.survey.tableWriteUnits + load.survey.indexWriteUnits;
  const deletes = load.dropsSourceTable ? 0 : writes;
  const pace = paceOf(settings, load);
  const stageOf = (stage: StageEstimate['stage'], read: number, write: number, waits = 0): StageEstimate => ({
    stage,
    readUnits: readUnits(read),
    writeUnits: writeUnits(write),
    seconds: Math.max(read / pace.read, write / pace.write) + waits,
  });
  const leases = settings.leaseMs + settings.leaseGraceMs;
  const fenceMs = expectedFenceMs(settings);
  const stages = [
    // one counting pass and one reading pass
    stageOf('provision', 2 * reads, 0, load.createsTable ? 30 : 0),
    // the comparison reads both sides concurrently, from two partitions
    { ...stageOf('copy', 3 * reads, writes), seconds: copySeconds(pace, reads, writes) },
    stageOf('registry', 0, 0),
    // changes made in the meantime are not known beforehand; the fence does not depend on the tenant's size
    { ...stageOf('flip', 0, 0), seconds: (leases + fenceMs) / MS },
    // both sides once after the flip; the kept source once to compare it, once to note what may be deleted, once to
    // delete it
    stageOf('cleanUp', load.dropsSourceTable ? 3 * reads : 5 * reads, deletes),
  ];
  const sum = (of: (stage: StageEstimate) => number) => stages.reduce((total, stage) => total + of(stage), 0);
  const read = sum((stage) => stage.readUnits);
  const write = sum((stage) => stage.writeUnits);
  const seconds = sum((stage) => (stage.stage === 'cleanUp' ? 0 : stage.seconds));
  return {
    stages,
    readUnits: readUnits(read),
    writeUnits: writeUnits(write),
    seconds,
    fenceMs,
    usd: cost(settings, load, {
      read,
      write,
      // puts in the target; deletes in a source that other tenants share
      records: load.items * (load.dropsSourceTable ? 1 : 2),
      seconds: sum((stage) => stage.seconds),
    }),
    pricesAsOf: settings.prices.asOf,
  };
};

/** Capacity units per second that the migration will use of one table. */
interface Pace {
  readonly read: number;
  readonly write: number;
}

const paceOf = (
  { throughput, readUnitsPerSecond }: Settings,
  limits: Pick<Workload, 'readUnitsPerSecond' | 'writeUnitsPerSecond'>,
): Pace => ({
  read: Math.min(throughput.readUnitsPerSecond, limits.readUnitsPerSecond ?? readUnitsPerSecond),
  write: Math.min(throughput.writeUnitsPerSecond, limits.writeUnitsPerSecond ?? Number.POSITIVE_INFINITY),
});

const copySeconds = (pace: Pace, reads: number, writes: number): number =>
  Math.max(reads / pace.read, writes / pace.write) + reads / pace.read;

/** Returns a number of occurrences per migration, part of which is per segment. */
const times = (
  { fixed, perSegment, perCleanedSegment }: typeof TRANSITIONS | typeof INVOCATIONS,
  { segments, dropsSourceTable }: Pick<Workload, 'segments' | 'dropsSourceTable'>,
): number => fixed + segments * (perSegment + (dropsSourceTable ? 0 : perCleanedSegment));

/** State transitions per poll of the hold: poll, choice, wait. */
const TRANSITIONS_PER_POLL = 3;

/** @returns state transitions and invocations of a migration without failures. */
export const workflowOf = (load: Pick<Workload, 'segments' | 'dropsSourceTable' | 'holdMs'>) => {
  const polls = Math.ceil(load.holdMs / MS / secondsBetweenPolls(load.holdMs));
  return {
    transitions: times(TRANSITIONS, load) + TRANSITIONS_PER_POLL * polls,
    invocations: times(INVOCATIONS, load) + polls,
  };
};

const cost = (
  { prices }: Settings,
  load: Workload,
  { read, write, records, seconds }: Record<'read' | 'write' | 'records' | 'seconds', number>,
): Estimate['usd'] => {
  const { transitions, invocations } = workflowOf(load);
  const reads = (read / 1e6) * prices.perMillionReadUnits;
  const writes = (write / 1e6) * prices.perMillionWriteUnits;
  const stepFunctions = (transitions / 1e3) * prices.perThousandStateTransitions;
  // concurrent workers share the partition's throughput, and each is billed while it waits
  const lambda =
    (invocations / 1e6) * prices.perMillionLambdaRequests +
    seconds * Math.min(load.segments, CONCURRENT_WORKERS) * WORKER_GB * prices.perLambdaGbSecond;
  const batches = Math.min(records, Math.max(records / CAPTURE_BATCH, seconds * STREAM_POLLS_PER_SECOND));
  const streams =
    (batches / 1e6) * prices.perMillionLambdaRequests +
    batches * CAPTURE_SECONDS * CAPTURE_GB * prices.perLambdaGbSecond;
  return {
    reads,
    writes,
    stepFunctions,
    lambda,
    streams,
    total: reads + writes + stepFunctions + lambda + streams,
  };
};

/** MaxConcurrency of the Maps in `tier-migration.asl.json`. */
const CONCURRENT_WORKERS = 8;
