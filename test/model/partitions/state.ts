import { KeyLayout } from '../../../functions/migration/items/key-layout.ts';
import { mayChange, STATUSES, type Status } from '../../../functions/migration/life-cycle.ts';
import type { Direction } from '../../../functions/migration/migration.ts';
import type { Route, Side } from '../../../functions/migration/route/route.ts';
import { aRoute } from '../../support/records.ts';
import { ABSENT, type Broken, liveSide, TABLES, TENANT, type Value } from '../state.ts';

export const SIDES = ['source', 'target'] as const satisfies readonly Side[];
type Sides<T> = Readonly<Record<Side, T>>;

/** The keys of a tenant of two partitions, as production reads and writes them. */
export const LAYOUT = new KeyLayout({
  partitionKey: 'PK',
  sortKey: 'SK',
  template: 'TENANT#{tenant}#{0..1}',
});
/** The model's only sort key. Each partition has an item with it. */
const SORT = 'STUDENT#1';
/** The partition that a step forgets if it forgets one. */
export const LAST = LAYOUT.partitions - 1;

/** The value of an item that was in the target before the migration. */
export const FOREIGN: Value = 15;

/** A journal entry: 0 none, 1 one that the worker has not read, 2 one that it has read. */
export type Entry = 0 | 1 | 2;
export type StreamRecord = 'change' | 'sentinel';

/** One partition of the tenant on both sides, with one key, and its part of the journal. */
export interface Partition {
  readonly values: Sides<Value>;
  readonly entries: Sides<Entry>;
  /** True if an entry of the live side was applied since the last comparison. */
  readonly isTouched: boolean;
  /** True if capture has journalled the key on that side since then, which no process reads. */
  readonly isJournalled: Sides<boolean>;
  /** Records that were not delivered to capture yet. A partition has shards of its own on each side. */
  readonly streams: Sides<readonly StreamRecord[]>;
  /** True if the present sentinel has come through capture. */
  readonly captured: Sides<boolean>;
  /** True if a sentinel is in the table. */
  readonly sentinels: Sides<boolean>;
  /** The source's value as it was compared after the flip. */
  readonly kept?: Value | undefined;
  /** Facts that no process reads: the value that was acknowledged last, and the source's value at the flip. */
  readonly truth: Value;
  readonly flipped?: Value | undefined;
}

/** Bounds of the number of events, so that the search ends. */
export interface Bounds {
  readonly writes: number;
  readonly cancels: number;
  readonly rollbacks: number;
  /** Writes to the kept source, past every lease. */
  readonly strays: number;
  /** Deaths of the worker. Its step begins again with the first partition. */
  readonly crashes: number;
  /** 1: the target has an item in the last partition before the migration. */
  readonly foreign: 0 | 1;
}

export const NOTHING_HAPPENS: Bounds = {
  writes: 0,
  cancels: 0,
  rollbacks: 0,
  strays: 0,
  crashes: 0,
  foreign: 0,
};

export const STEPS = [
  'ArmSource',
  'Claim',
  'Copy',
  'Copy/write',
  'ArmTarget',
  'CatchUp',
  'CatchUp/act',
  'CatchUp/write',
  'Compare',
  'Fence',
  'AwaitLeases',
  'Drain',
  'Drain/act',
  'Drain/write',
  'CompareTouched',
  'Flip',
  'Reopen',
  'CompareKept',
  'Hold',
  'CleanUp',
  'Discard',
  'Close',
  'End',
] as const;
export type Step = (typeof STEPS)[number];

export interface Worker {
  readonly step: Step;
  readonly direction: Direction;
  /** The partition at which it is, or whose entry it applies. */
  readonly partition: number;
  /** Value that it has read. */
  readonly from: Value;
}

/** A process of the application. It may stall between route and table for as long as its lease. */
export interface Writer {
  /** The live side by the route that it read. */
  readonly lease?: Side | undefined;
  readonly write?: { readonly partition: number; readonly side: Side; readonly value: Value } | undefined;
}

export interface State {
  readonly route: Route;
  readonly status: Status;
  readonly isCancelled: boolean;
  readonly end?: 'stopped' | undefined;
  readonly worker: Worker;
  readonly writer: Writer;
  readonly partitions: readonly Partition[];
  /** True once the target was read as empty. */
  readonly isClaimed: boolean;
  /** True if all keys have been compared once in this direction. */
  readonly isCompared: boolean;
  readonly left: Bounds;
  readonly version: number;
  readonly broken?: Broken;
}

const both = <T>(value: T): Sides<T> => ({ source: value, target: value });
export const sidesWith = <T>(sides: Sides<T>, side: Side, value: T): Sides<T> => ({
  ...sides,
  [side]: value,
});

export const initialState = (left: Bounds): State => {
  const partitions = LAYOUT.partitionValues(TENANT).map(
    (_, n): Partition => ({
      values: { source: 1, target: left.foreign === 1 && n === LAST ? FOREIGN : ABSENT },
      entries: both<Entry>(0),
      isTouched: false,
      isJournalled: both(false),
      streams: both([]),
      captured: both(false),
      sentinels: both(false),
      truth: 1,
    }),
  );
  return {
    route: aRoute({ tenantId: TENANT, table: TABLES.source }),
    status: 'provisioning',
    isCancelled: false,
    worker: { step: 'ArmSource', direction: 'forward', partition: 0, from: ABSENT },
    writer: {},
    partitions,
    isClaimed: false,
    isCompared: false,
    left,
    version: 1,
  };
};

export const partitionAt = ({ partitions }: State, index: number): Partition => {
  const partition = partitions[index];
  if (!partition) throw new Error(`no partition ${index}`);
  return partition;
};

export const withPartition = (state: State, index: number, change: Partial<Partition>): State => ({
  ...state,
  partitions: state.partitions.map((old, n) => (n === index ? { ...old, ...change } : old)),
});

/** Changes these partitions. */
export const withPartitions = (
  state: State,
  indexes: readonly number[],
  change: (partition: Partition) => Partial<Partition>,
): State =>
  indexes.reduce((rest, index) => withPartition(rest, index, change(partitionAt(rest, index))), state);

export const ALL: readonly number[] = LAYOUT.partitionValues(TENANT).map((_, n) => n);
/** Returns the partitions that a step covers: all of them, or, without its rule, all but the last. */
export const covered = (isRule: boolean): readonly number[] => (isRule ? ALL : ALL.slice(0, LAST));

export const withEntry = (state: State, index: number, side: Side, entry: Entry): State =>
  withPartition(state, index, { entries: sidesWith(partitionAt(state, index).entries, side, entry) });

/** Returns the number of the partition whose key a stream record names. */
export const recordedPartition = (index: number): number => {
  const keys = { PK: { S: LAYOUT.partitionValue(TENANT, index) }, SK: { S: SORT } };
  return LAYOUT.placeOf(LAYOUT.keyOf(keys)).partition;
};

const withRecord = (state: State, side: Side, index: number, record: StreamRecord): State => {
  const { streams } = partitionAt(state, index);
  // consecutive changes of a key are delivered in one batch
  if (record === 'change' && streams[side].at(-1) === 'change') return state;
  return withPartition(state, index, { streams: sidesWith(streams, side, [...streams[side], record]) });
};

/** Writes a partition's key on one side. Capture reads the record if that side is armed. */
export const put = (state: State, side: Side, index: number, value: Value): State => {
  const { values } = partitionAt(state, index);
  if (values[side] === value) return state;
  const written = withPartition(state, index, { values: sidesWith(values, side, value) });
  return state.route.capture?.tables[side] === undefined
    ? written
    : withRecord(written, side, index, 'change');
};

export const broken = (state: State, invariant: Broken['invariant'], how: string): State => ({
  ...state,
  broken: { invariant, how },
});

/** Changes the status by the life cycle. @throws Error if the life cycle does not allow it */
export const became = (state: State, status: Status): State => {
  if (!mayChange(state.status, status)) throw new Error(`${state.status} does not become ${status}`);
  return { ...state, status };
};

const flags = (...bits: readonly boolean[]): number =>
  bits.reduce((code, bit, n) => code + (bit ? 2 ** n : 0), 0);

const streamCode = (records: readonly StreamRecord[]): number =>
  records.reduce((code, record) => 3 * code + (record === 'change' ? 1 : 2), 0);

const partitionCodes = (partition: Partition): number[] => {
  const { values, entries, streams, captured, sentinels, isJournalled, isTouched, kept, truth, flipped } =
    partition;
  return [
    values.source + 16 * values.target + 256 * truth + 4096 * entries.source + 16_384 * entries.target,
    flags(
      ...[captured.source, captured.target, sentinels.source, sentinels.target],
      ...[isJournalled.source, isJournalled.target, isTouched],
    ) +
      128 * (kept === undefined ? 0 : 1 + kept) +
      4096 * (flipped === undefined ? 0 : 1 + flipped),
    streamCode(streams.source),
    streamCode(streams.target),
  ];
};

const sideCode = (side: Side | undefined): number => (side === undefined ? 0 : side === 'source' ? 1 : 2);

/** Two states with the same key have the same future. */
export const keyOf = (state: State): string => {
  const { route, worker, writer, left } = state;
  const { write } = writer;
  return String.fromCharCode(
    STEPS.indexOf(worker.step) + 32 * worker.partition + 64 * worker.from,
    flags(
      ...[liveSide(route) === 'target', route.writes === 'fenced', worker.direction === 'reverse'],
      ...[state.end !== undefined, state.isClaimed, state.isCompared],
      ...[route.capture?.tables.source !== undefined, route.capture?.tables.target !== undefined],
      state.isCancelled,
    ) +
      512 * STATUSES.indexOf(state.status),
    sideCode(writer.lease) +
      4 * sideCode(write?.side) +
      16 * (write?.partition ?? 0) +
      32 * (write?.value ?? 0),
    left.writes + 4 * left.cancels + 16 * left.rollbacks + 64 * left.strays + 256 * left.crashes,
    state.version,
    ...state.partitions.flatMap(partitionCodes),
  );
};
