import { secondsBetweenLooks } from '../clean-up/check-hold.ts';
import { expectedFenceMs } from '../fence-time.ts';
import { READ_UNIT_BYTES } from '../limits.ts';
import { readUnits, writeUnits } from '../names.ts';
import type { Survey } from '../segment.ts';
import type { Settings } from '../settings.ts';
import type { Estimate, StageEstimate } from './plan.ts';

/** Memory of a worker function, in GB. */
const WORKER_GB = 1;
/** Memory of the function that reads the streams, in GB, and what it takes for a batch, in s. */
const CAPTURE_GB = 0.5;
const CAPTURE_SECONDS = 0.05;
/** Records that it gets at once; fewer where they come slowly. */
const CAPTURE_BATCH = 500;
/** Lambda looks at a stream so many times a second. [Lambda developer guide, Using AWS Lambda with Amazon DynamoDB] */
const STREAM_LOOKS_A_SECOND = 4;
/**
 * State transitions and invocations, by count of the states that `tier-migration.asl.json` enters without a retry: of an
 * execution with its watchdog, and of one segment through survey, copy, comparison, comparison with the kept source,
 * freeze and clean-up (`test/workflow/cost.test.ts` counts them in a real run).
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
  /** How long the source is kept after the flip. */
  readonly holdMs: number;
  /** The operator's limits, in units a second; absent for the deployment's. */
  readonly readUnitsPerSecond?: number | undefined;
  readonly writeUnitsPerSecond?: number | undefined;
}

/**
 * What a migration will use and how long it will take. Reads are in 4 KB steps over a page, so bytes / 4 KB is their
 * floor; puts and deletes are in 1 KB steps an item, for the table and for each index that the item is in.
 * [Read and write operations] Time is the slower of reads and writes, each at the lower of the deployment's throughput and the
 * migration's limit; without a limit of its own a migration reads at the deployment's.
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
    // one counting and one reading pass
    stageOf('provision', 2 * reads, 0, load.createsTable ? 30 : 0),
    // the comparison reads both sides, side by side, from two partitions
    { ...stageOf('copy', 3 * reads, writes), seconds: copySeconds(pace, reads, writes) },
    stageOf('registry', 0, 0),
    // what changed meanwhile, which nobody knows beforehand; the fence does not depend on the tenant's size
    { ...stageOf('flip', 0, 0), seconds: (leases + fenceMs) / MS },
    // both sides once after the flip; the kept source once to compare it, once to note what may be deleted, once to delete it
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
      // puts in the target; deletes in a source that others stay in
      records: load.items * (load.dropsSourceTable ? 1 : 2),
      seconds: sum((stage) => stage.seconds),
    }),
    pricesAsOf: settings.prices.asOf,
  };
};

/** Capacity units a second that the migration will use of one table. */
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

/** How often something happens in a migration, of which some is for each segment. */
const times = (
  { fixed, perSegment, perCleanedSegment }: typeof TRANSITIONS | typeof INVOCATIONS,
  { segments, dropsSourceTable }: Pick<Workload, 'segments' | 'dropsSourceTable'>,
): number => fixed + segments * (perSegment + (dropsSourceTable ? 0 : perCleanedSegment));

/** State transitions of one look whether the hold is over: look, choice, wait. */
const TRANSITIONS_PER_LOOK = 3;

/** @returns state transitions and invocations of a migration that nothing goes wrong with. */
export const workflowOf = (load: Pick<Workload, 'segments' | 'dropsSourceTable' | 'holdMs'>) => {
  const looks = Math.ceil(load.holdMs / MS / secondsBetweenLooks(load.holdMs));
  return {
    transitions: times(TRANSITIONS, load) + TRANSITIONS_PER_LOOK * looks,
    invocations: times(INVOCATIONS, load) + looks,
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
  // several workers share the time that the partition's throughput sets; each is paid for while it waits
  const lambda =
    (invocations / 1e6) * prices.perMillionLambdaRequests +
    seconds * Math.min(load.segments, CONCURRENT_WORKERS) * WORKER_GB * prices.perLambdaGbSecond;
  const batches = Math.min(records, Math.max(records / CAPTURE_BATCH, seconds * STREAM_LOOKS_A_SECOND));
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
