import { decide, type KeyDecision } from '../../functions/migration/apply/decide.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import { STATUSES, type Status } from '../../functions/migration/life-cycle.ts';
import type { Direction, Migration } from '../../functions/migration/migration.ts';
import { epochMs, type MigrationId, type TenantId, tableName } from '../../functions/migration/names.ts';
import type { Route, Side } from '../../functions/migration/route/route.ts';
import { aMigration, aRoute } from '../support/records.ts';
import { STEPS, type Step } from './steps.ts';

const STEP_NUMBERS = new Map<Step, number>(STEPS.map((step, n) => [step, n]));

/** A table's value under the model's only key: a version that was written, or 0 for no item. */
export type Value = number;
export const ABSENT: Value = 0;

/** A record of a table's stream: a change of the key by its sequence number, or a sentinel by its owner. */
export type Record = number;
export const SENTINEL = 1_000;
/** Owner number of a discard's sentinels. The two workflow processes have their slots as owner numbers. */
export const DISCARDS = 2;

/** A router's lease. Time is abstract: a lease may end at any moment, and processes that outlast it wait for that. */
export interface Lease {
  readonly side: Side;
  readonly long: boolean;
  /** True for a fenced route, which grants no time for writing. A router that caches it nevertheless reads by it. */
  readonly fenced: boolean;
  /** True if it was granted before the present fence; `beforeShortening`: before the lease was shortened. */
  readonly beforeFence: boolean;
  readonly beforeShortening: boolean;
}

/** A process of the application, with its router, and its write between router and table. */
export interface Writer {
  readonly lease?: Lease | undefined;
  /** Present while its machine is suspended, for longer than this lease. Its monotonic clock stands still meanwhile. */
  readonly suspended?: Lease | undefined;
  readonly write?: { readonly side: Side; readonly value: Value } | undefined;
}

/** A read by a fenced route that has not been sent yet. It may return any value that was the latest since its request. */
export interface FencedRead {
  readonly side: Side;
  /** Values that it may return, as bits. */
  readonly may: number;
}

/** The worker of an execution, or a leftover worker of an earlier one. */
export interface Worker {
  readonly step: Step;
  readonly attempt: number;
  readonly direction: Direction;
  /** Status, attempt and route as the worker read them. */
  readonly status?: Status | undefined;
  readonly statusAttempt?: number | undefined;
  readonly read?: Route | undefined;
  /** The route that it is about to write. */
  readonly next?: Route | undefined;
  /** Token of the entry that it read, and the values that it read on both sides. */
  readonly token?: number;
  readonly from?: Value | undefined;
  readonly to?: Value | undefined;
  /** Its sentinels that it has seen, as bits: 1 on the live side, 2 on the other. */
  readonly seen?: number;
  /** Reason for which it reopens writes. */
  readonly reason?: 'later' | 'retry' | 'foreign';
}

/** Bounds of the number of events, so that the search ends. */
export interface Bounds {
  /** Number of the application's processes, and of all their writes: puts of new values, or deletes. */
  readonly writers: 1 | 2;
  readonly writes: number;
  /** Number of crashes: an execution dies, with or without its worker; a step is retried beside its worker; a step fails. */
  readonly crashes: number;
  readonly cancels: number;
  readonly rollbacks: number;
  /** Rollbacks that an operator abandons before they have flipped. */
  readonly abandons: number;
  /** Changes that the stream delivers to capture again. */
  readonly redeliveries: number;
  /** Retries of a migration that was rolled back. */
  readonly restarts: number;
  /** Writes to the kept source, past every lease. */
  readonly strays: number;
  /** Reads of a fenced route by a reader that stalls before it reads the table. */
  readonly fencedReads: number;
  /** Write calls of the migration that get no answer, and may take effect later. */
  readonly lateCalls: number;
  /** Pauses of the migration, each of which an operator may end. */
  readonly pauses: number;
  /** Watchdogs that die. */
  readonly watchdogDeaths: number;
  /** Machines of the application that are suspended. */
  readonly suspensions: number;
}

export const NOTHING_HAPPENS: Bounds = {
  writers: 1,
  writes: 0,
  crashes: 0,
  cancels: 0,
  rollbacks: 0,
  abandons: 0,
  redeliveries: 0,
  restarts: 0,
  strays: 0,
  fencedReads: 0,
  lateCalls: 0,
  pauses: 0,
  watchdogDeaths: 0,
  suspensions: 0,
};

export interface State {
  readonly route: Route;
  /** True if the fence's deadline has passed. */
  readonly overdue: boolean;
  readonly migration: Migration;
  /** True if the execution of the current attempt is alive. Its worker may outlive it. */
  readonly running: boolean;
  /** The current attempt's worker, and a leftover one. */
  readonly workers: readonly [Worker | undefined, Worker | undefined];
  /**
   * Holder of the claim on the side being filled, by the worker's slot. `gone`: a worker that was removed. `both`: the claim was
   * given to a second worker before the first had lost it.
   */
  readonly claim: 0 | 1 | 'none' | 'gone' | 'both';
  readonly values: Readonly<{ source: Value; target: Value }>;
  readonly streams: Readonly<{ source: readonly Record[]; target: readonly Record[] }>;
  /** Sequence numbers that were delivered and may be delivered again. */
  readonly delivered: Readonly<{ source: readonly Record[]; target: readonly Record[] }>;
  /** The journal: the token of each side's entry, 0 for none; and the owners of the sentinels in it, as bits. */
  readonly entries: Readonly<{ source: number; target: number }>;
  readonly sentinels: Readonly<{ source: number; target: number }>;
  readonly writers: readonly Writer[];
  readonly fencedRead?: FencedRead | undefined;
  /** The watchdog. `read`: the overdue route that it has read and is about to replace. */
  readonly watchdog: { readonly on: boolean; readonly read?: Route };
  /** The second watchdog, which needs no execution. Absent until the first one has died. */
  readonly sweep?: { readonly read?: Route };
  /** True on a side where the key is touched. Absent if no call can be late, since nothing depends on it then. */
  readonly touched?: Readonly<{ source: boolean; target: boolean }>;
  /** A call without an answer. */
  readonly late?: { readonly side: Side; readonly value: Value } | undefined;
  readonly partitionClaimed: boolean;
  readonly copied: boolean;
  readonly holdOver: boolean;
  /** True if the migration has stopped for an operator, because of a write past every lease. */
  readonly stopped: boolean;
  readonly strayed: boolean;
  /** The source's value after the flip, after the hold, and as it may be deleted. */
  readonly kept?: Value | undefined;
  readonly keptAfterHold?: Value | undefined;
  readonly deletable?: Value | undefined;
  /** Facts that no process reads: the latest acknowledged value, and the value at the flip. */
  readonly truth: Value;
  readonly flippedValue?: Value | undefined;
  readonly left: Bounds;
  /** Sequence numbers, tokens and values given so far. They are compared for equality only. */
  readonly given: number;
  readonly version: number;
  readonly broken?: Broken;
}

export interface Broken {
  /** `operator`: a request that was confirmed to an operator takes effect. */
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'operator';
  readonly how: string;
}

export const TENANT = 'tenant' as TenantId;
export const MIGRATION = 'mig' as MigrationId;
export const TABLES = { source: tableName('source'), target: tableName('target') };
export const LONG_MS = 30_000;
export const SHORT_MS = 1_000;
/** The fence's deadline. The time is 0 before it. */
export const DEADLINE = epochMs(1);
export const nowIn = ({ overdue }: State) => epochMs(overdue ? 1 : 0);

export const liveSide = ({ table }: Route): Side => (table === TABLES.source ? 'source' : 'target');
export const isOurs = (route: Route): boolean => route.fence?.migrationId === MIGRATION;
export const sidesOf = (direction: Direction): { from: Side; to: Side } =>
  direction === 'forward' ? { from: 'source', to: 'target' } : { from: 'target', to: 'source' };

const FIRST_LEASE: Lease = {
  side: 'source',
  long: true,
  fenced: false,
  beforeFence: false,
  beforeShortening: false,
};

export const initialState = (left: Bounds): State => ({
  route: aRoute({ tenantId: TENANT, table: TABLES.source, leaseMs: LONG_MS }),
  overdue: false,
  migration: aMigration({
    migrationId: MIGRATION,
    tenantId: TENANT,
    source: { ...aMigration().source, table: TABLES.source },
    target: { ...aMigration().target, table: TABLES.target },
    status: 'provisioning',
    locked: true,
  }),
  running: true,
  workers: [{ step: 'ArmSourceCapture', attempt: 1, direction: 'forward' }, undefined],
  claim: 'none',
  values: { source: 1, target: ABSENT },
  streams: { source: [], target: [] },
  delivered: { source: [], target: [] },
  entries: { source: 0, target: 0 },
  sentinels: { source: 0, target: 0 },
  writers: [{ lease: FIRST_LEASE }, ...(left.writers === 2 ? [{ lease: FIRST_LEASE }] : [])],
  watchdog: { on: false },
  ...(left.lateCalls > 0 ? { touched: { source: false, target: false } } : {}),
  partitionClaimed: false,
  copied: false,
  holdOver: false,
  stopped: false,
  strayed: false,
  truth: 1,
  left,
  given: 1,
  version: 1,
});

const items = new Map<Value, Item | undefined>([[ABSENT, undefined]]);
const itemOf = (value: Value): Item | undefined => {
  if (!items.has(value))
    items.set(value, {
      tenantId: { S: TENANT },
      entityKey: { S: 'SCHOOL#1' },
      version: { N: String(value) },
    });
  return items.get(value);
};
const decisions = new Map<number, KeyDecision>();
/** Returns the production decision on wire items. Cached, since a search needs it a million times. */
export const decisionOn = (from: Value, to: Value): KeyDecision['kind'] => {
  const id = from * 100 + to;
  const known = decisions.get(id) ?? decide(itemOf(from), itemOf(to));
  decisions.set(id, known);
  return known.kind;
};

/**
 * Writes one side's value, and adds a stream record if capture may read it. Consecutive changes are delivered in one batch,
 * which contains a key once.
 */
export const put = (state: State, side: Side, value: Value): State => {
  if (state.values[side] === value) return state;
  const stream = state.streams[side];
  const isLast = (stream.at(-1) ?? SENTINEL) < SENTINEL;
  const before = isLast ? stream.slice(0, -1) : stream;
  const isCaptured = state.route.capture?.tables[side] !== undefined;
  return {
    ...state,
    values: { ...state.values, [side]: value },
    ...(isCaptured
      ? { streams: { ...state.streams, [side]: [...before, state.given] }, given: state.given + 1 }
      : {}),
  };
};

export const withWorker = (state: State, slot: 0 | 1, worker: Worker | undefined): State => ({
  ...state,
  workers: slot === 0 ? [worker, state.workers[1]] : [state.workers[0], worker],
});

/** Releases the worker's claim. */
export const released = (state: State, slot: 0 | 1): State => {
  if (state.claim === slot) return { ...state, claim: 'none' };
  return state.claim === 'both' ? { ...state, claim: slot === 0 ? 1 : 0 } : state;
};

export const withMigration = (state: State, change: Partial<Migration>): State => ({
  ...state,
  migration: { ...state.migration, ...change },
});

export const broken = (state: State, invariant: Broken['invariant'], how: string): State => ({
  ...state,
  broken: { invariant, how },
});

/** Encodes the parts of a route that have an effect. Of its epoch only matters whether it is the current one. */
const routeCode = (route: Route | undefined): number =>
  route
    ? 1 +
      (route.table === TABLES.target ? 1 : 0) +
      (route.writes === 'fenced' ? 2 : 0) +
      (route.leaseMs === LONG_MS ? 4 : 0) +
      (route.capture?.tables.source ? 8 : 0) +
      (route.capture?.tables.target ? 16 : 0)
    : 0;

/** Flags for waits that depend on when a lease was granted. */
interface Waits {
  readonly forFence: boolean;
  readonly forShortening: boolean;
}

const writerCode = ({ lease, suspended, write }: Writer, waits: Waits): number =>
  leaseCode(lease, waits) +
  (write ? 64 * (1 + (write.side === 'target' ? 1 : 0) + 2 * write.value) : 0) +
  // the time of the grant has no effect any more
  2048 * leaseCode(suspended, { forFence: false, forShortening: false });

const leaseCode = (lease: Lease | undefined, { forFence, forShortening }: Waits): number =>
  lease
    ? 1 +
      (lease.side === 'target' ? 1 : 0) +
      (lease.long ? 2 : 0) +
      (lease.fenced ? 4 : 0) +
      (forFence && lease.beforeFence ? 8 : 0) +
      (forShortening && lease.beforeShortening ? 16 : 0)
    : 0;

const WHYS = ['later', 'retry', 'foreign'] as const;

const pushWorker = (codes: number[], state: State, worker: Worker | undefined): void => {
  if (!worker) {
    codes.push(0);
    return;
  }
  const { read, token, status, statusAttempt, direction } = worker;
  const isOld = (attempt: number | undefined) => attempt !== undefined && attempt !== state.migration.attempt;
  codes.push(
    1 + (STEP_NUMBERS.get(worker.step) ?? 0) * 2 + (direction === 'reverse' ? 1 : 0),
    (isOld(worker.attempt) ? 1 : 0) +
      (isOld(statusAttempt) ? 2 : 0) +
      4 * (1 + (worker.reason ? WHYS.indexOf(worker.reason) : -1)) +
      16 * (worker.seen ?? 0) +
      64 * (1 + (status ? STATUSES.indexOf(status) : -1)),
    readCode(read, state.route) + 256 * routeCode(worker.next),
    (token === undefined || token === 0 ? 0 : token === state.entries[sidesOf(direction).from] ? 1 : 2) +
      4 * (1 + (worker.from ?? -1)) +
      64 * (1 + (worker.to ?? -1)),
  );
};

/** Encodes a watchdog's reading of the route. */
const readCode = (read: Route | undefined, route: Route): number =>
  read ? (read.epoch === route.epoch ? 1 : 2) + 4 * routeCode(read) : 0;

const CLAIMS: readonly State['claim'][] = [0, 1, 'none', 'gone', 'both'];

const optional = (value: number | undefined): number => (value === undefined ? 0 : 1 + value);

/** Two states with the same key have the same future. */
export const keyOf = (state: State, tokensAreSequences: boolean): string => {
  const { migration, values, streams, entries, sentinels, left, watchdog, sweep, route } = state;
  const waits = {
    forFence: state.workers.some((worker) => worker?.step === 'CutOver/waitOut'),
    forShortening:
      migration.longLeasesOutAt !== undefined ||
      state.workers.some((worker) => worker?.step === 'ShortenLease/commit'),
  };
  const journal = (token: number) => (tokensAreSequences ? token : token === 0 ? 0 : 1);
  const claim = CLAIMS.indexOf(state.claim);
  const codes = [
    routeCode(route) + (state.overdue ? 64 : 0) + 128 * claim + (state.broken ? 1024 : 0),
    STATUSES.indexOf(migration.status) +
      (migration.cancellation ? 16 : 0) +
      (migration.flippedAt === undefined ? 0 : 32) +
      (migration.reverseFlippedAt === undefined ? 0 : 64) +
      (migration.longLeasesOutAt === undefined ? 0 : 128) +
      (state.running ? 256 : 0) +
      (state.partitionClaimed ? 512 : 0) +
      (state.copied ? 1024 : 0) +
      (state.holdOver ? 2048 : 0) +
      (migration.locked ? 4096 : 0) +
      (state.stopped ? 8192 : 0) +
      (state.strayed ? 16384 : 0) +
      (migration.rollbackStoppedIn === undefined ? 0 : 32768),
    left.abandons +
      8 * left.pauses +
      64 * left.watchdogDeaths +
      512 * left.suspensions +
      (migration.paused ? 4096 : 0) +
      (migration.cancellation?.endedPause ? 8192 : 0) +
      16384 * left.lateCalls,
    values.source + 16 * values.target + 256 * state.truth,
    optional(state.kept) + 16 * optional(state.keptAfterHold) + 256 * optional(state.deletable),
    optional(state.flippedValue),
    journal(entries.source),
    journal(entries.target),
    sentinels.source * 8 + sentinels.target,
    state.fencedRead ? state.fencedRead.may * 2 + (state.fencedRead.side === 'target' ? 1 : 0) + 2 : 0,
    watchdog.on ? 1 + readCode(watchdog.read, route) : 0,
    sweep ? 1 + readCode(sweep.read, route) : 0,
    (state.late ? 1 + (state.late.side === 'target' ? 1 : 0) + 2 * state.late.value : 0) +
      (state.touched?.source ? 64 : 0) +
      (state.touched?.target ? 128 : 0),
    left.writes + 8 * left.crashes + 64 * left.cancels + 512 * left.rollbacks,
    left.redeliveries + 8 * left.restarts + 64 * left.strays + 512 * left.fencedReads,
  ];
  const writers = state.writers.map((writer) => writerCode(writer, waits)).sort((a, b) => a - b);
  codes.push(...writers);
  pushWorker(codes, state, state.workers[0]);
  pushWorker(codes, state, state.workers[1]);
  for (const side of SIDES) {
    for (const record of streams[side])
      codes.push(record >= SENTINEL ? record - SENTINEL + 2 : tokensAreSequences ? 10 + record : 1);
    codes.push(0);
    if (left.redeliveries === 0) continue;
    if (tokensAreSequences) codes.push(...state.delivered[side]);
    codes.push(state.delivered[side].length === 0 ? 0 : 1_000);
  }
  return String.fromCharCode(...codes);
};
const SIDES = ['source', 'target'] as const;
