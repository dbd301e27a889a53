import { READ_UNIT_BYTES } from '../limits.ts';
import { readUnits, writeUnits } from '../names.ts';
import type { Survey } from '../segment.ts';
import type { Settings } from '../settings.ts';
import type { Estimate, StageEstimate } from './plan.ts';

/** Memory of a worker function, in GB. */
const WORKER_GB = 1;
/** State transitions of an execution with no segment at all, and of one segment through all its passes. */
const TRANSITIONS = { fixed: 60, perSegment: 20 } as const;
/** Invocations for one segment: survey, copy, compare, compare with the kept source, freeze, clean up. */
const INVOCATIONS_PER_SEGMENT = 6;
const FIXED_INVOCATIONS = 30;
/** What the fence takes beyond the lease: sentinels through two streams, and the last keys. Lambda reads a stream four times a second. */
const SETTLING_MS = 500;
const MS = 1_000;

export interface Workload {
  readonly bytes: number;
  readonly segments: number;
  readonly survey: Survey;
  readonly dropsSourceTable: boolean;
  readonly createsTable: boolean;
}

/**
 * What a migration will use and how long it will take. Reads are in 4 KB steps over a page, so bytes / 4 KB is their
 * floor; puts and deletes are in 1 KB steps an item, for the table and for each index that the item is in.
 * [Read and write operations] Time is the slower of reads and writes at the deployment's throughput.
 */
export const estimate = (settings: Settings, load: Workload): Estimate => {
  const reads = Math.ceil(load.bytes / READ_UNIT_BYTES) + load.segments;
  const writes = load.survey.tableWriteUnits + load.survey.indexWriteUnits;
  const deletes = load.dropsSourceTable ? 0 : writes;
  const { readUnitsPerSecond, writeUnitsPerSecond } = settings.throughput;
  const stageOf = (stage: StageEstimate['stage'], read: number, write: number, waits = 0): StageEstimate => ({
    stage,
    readUnits: readUnits(read),
    writeUnits: writeUnits(write),
    seconds: Math.max(read / readUnitsPerSecond, write / writeUnitsPerSecond) + waits,
  });
  const leases = settings.leaseMs + settings.leaseGraceMs;
  const fenceMs = Math.min(settings.leaseMs, settings.cutoverLeaseMs) + settings.leaseGraceMs + SETTLING_MS;
  const stages = [
    // one counting and one reading pass
    stageOf('provision', 2 * reads, 0, load.createsTable ? 30 : 0),
    // the comparison reads both sides, side by side, from two partitions
    { ...stageOf('copy', 3 * reads, writes), seconds: copySeconds(settings, reads, writes) },
    stageOf('registry', 0, 0),
    // what changed meanwhile, which nobody knows beforehand; the fence does not depend on the tenant's size
    { ...stageOf('flip', 0, 0), seconds: (leases + fenceMs) / MS },
    // both sides once after the flip; the frozen source once to compare it, once more to delete what was compared
    stageOf('cleanUp', load.dropsSourceTable ? 3 * reads : 4 * reads, deletes),
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
    usd: cost(
      settings.prices,
      read,
      write,
      load.segments,
      sum((stage) => stage.seconds),
    ),
    pricesAsOf: settings.prices.asOf,
  };
};

const copySeconds = ({ throughput }: Settings, reads: number, writes: number): number =>
  Math.max(reads / throughput.readUnitsPerSecond, writes / throughput.writeUnitsPerSecond) +
  reads / throughput.readUnitsPerSecond;

const cost = (
  prices: Settings['prices'],
  read: number,
  write: number,
  segments: number,
  workSeconds: number,
): Estimate['usd'] => {
  const invocations = FIXED_INVOCATIONS + INVOCATIONS_PER_SEGMENT * segments;
  const reads = (read / 1e6) * prices.perMillionReadUnits;
  const writes = (write / 1e6) * prices.perMillionWriteUnits;
  const stepFunctions =
    ((TRANSITIONS.fixed + TRANSITIONS.perSegment * segments) / 1e3) * prices.perThousandStateTransitions;
  // several workers share the time that the partition's throughput sets; each is paid for while it waits
  const lambda =
    (invocations / 1e6) * prices.perMillionLambdaRequests +
    workSeconds * Math.min(segments, CONCURRENT_WORKERS) * WORKER_GB * prices.perLambdaGbSecond;
  return { reads, writes, stepFunctions, lambda, total: reads + writes + stepFunctions + lambda };
};

/** MaxConcurrency of the Maps in `tier-migration.asl.json`. */
const CONCURRENT_WORKERS = 8;
