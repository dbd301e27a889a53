import { mayChange, STATUSES, type Status } from '../../../functions/migration/life-cycle.ts';
import type { Direction } from '../../../functions/migration/migration.ts';
import { arm, type Route, type Side } from '../../../functions/migration/route/route.ts';
import { aRoute } from '../../support/records.ts';
import { ABSENT, type Broken, liveSide, MIGRATION, TABLES, TENANT, type Value } from '../state.ts';

export const SIDES = ['source', 'target'] as const satisfies readonly Side[];
type Sides<T> = Readonly<Record<Side, T>>;

/** A journal entry: 0 none, 1 one that the worker has not read, 2 one that it has read. */
export type Entry = 0 | 1 | 2;
/** A touched record: 0 none, 1 of an earlier comparison round, 2 of the current round. */
export type TouchedKeys = 0 | 1 | 2;
/** The old image of the first change since the flip. Once it was compared it has no further use. */
export type FirstImage = Value | 'none' | 'compared';

/** One key of the tenant on both sides, with its state in the journal. */
export interface Key {
  readonly values: Sides<Value>;
  readonly entries: Sides<Entry>;
  readonly touched: Sides<TouchedKeys>;
  readonly first: Sides<FirstImage>;
  /** Facts that no process reads. `journalled`: by capture, with rounds as in `touched`. `isWritten`: since the last comparison. */
  readonly journalled: Sides<TouchedKeys>;
  readonly isWritten: Sides<boolean>;
  /** The value that was acknowledged last, which no process reads. */
  readonly truth: Value;
  /** `lost`: a flip left an acknowledged write behind. `reported`: report or audit trail name the key. */
  readonly lost: boolean;
  readonly reported: boolean;
}

/** A stream record: a change of a key with its old image, and whether it was made after the flip that made the side live. */
export interface CapturedChange {
  readonly key: number;
  readonly old: Value;
  readonly isSinceFlip: boolean;
}
/** A stream record of the application or of Tierferry: a proof of capture, or the sentinel of a drain. */
export type StreamRecord = CapturedChange | 'proof' | 'sentinel';

/** Bounds of the number of events, so that the search ends. */
export interface Bounds {
  readonly keys: 1 | 2;
  /** 2: the last key has a shard of its own, without a sentinel. */
  readonly shards: 1 | 2;
  /** True if the shard without a sentinel may lag by any time. Losses must be reported then. False: the assumption holds. */
  readonly isUnproved: boolean;
  /** True if a write of the migration may be taken for a foreign one. The rollback that follows is safe, but a false alarm. */
  readonly mayAccuse: boolean;
  /** Number of the application's writes. */
  readonly writes: number;
  /** Kind of writes. `counts`: increments the value that it reads, so that two histories may agree by chance. */
  readonly kind: 'puts' | 'putsAndDeletes' | 'counts';
  readonly crashes: number;
  readonly lateCalls: number;
  readonly rollbacks: number;
  /** Number of 12-hour periods without a proof of capture on one side, in which records may be trimmed. */
  readonly gaps: number;
  /** Number of streams that are replaced, with the loss of unread records. */
  readonly replacements: number;
  /**
   * Number of records lost in the shard without a sentinel. With `isUnproved`, not to be combined with deletes or counts, nor
   * those with rollbacks. If both sides agree by chance and the record that would show the loss never arrives, nothing can be
   * found.
   */
  readonly losses: number;
}

export const NOTHING_HAPPENS: Bounds = {
  keys: 1,
  shards: 1,
  isUnproved: false,
  mayAccuse: false,
  writes: 0,
  kind: 'puts',
  crashes: 0,
  lateCalls: 0,
  rollbacks: 0,
  gaps: 0,
  replacements: 0,
  losses: 0,
};

/** Positions of the worker. A name after a slash is a position within a step, which begins again after a crash. */
export const STEPS = [
  'CatchUp',
  'CatchUp/act',
  'CatchUp/write',
  'CatchUp/settle',
  'Compare',
  'Compare/from',
  'Compare/to',
  'Prove',
  'Prove/wait',
  'Fence',
  'Drain',
  'Drain/act',
  'Drain/write',
  'Drain/settle',
  'CompareTouched',
  'Flip',
  'Reopen',
  'CompareLeft',
  'Hold',
  'Remove',
  'End',
] as const;
export type Step = (typeof STEPS)[number];

export interface Worker {
  readonly step: Step;
  readonly direction: Direction;
  readonly key: number;
  readonly from: Value;
  /** Sentinels or proofs that it has seen come through capture, as bits: 1 on the source, 2 on the target. */
  readonly seen: number;
}

/** A write call without an answer, which may still take effect. */
export interface LateCall {
  readonly side: Side;
  readonly key: number;
  readonly value: Value;
  /** True if its worker died before it could record the call. */
  readonly isOfDeadWorker: boolean;
}

export interface State {
  readonly route: Route;
  readonly status: Status;
  readonly end?: 'stopped' | undefined;
  readonly worker: Worker;
  readonly keys: readonly Key[];
  /** Records that were not delivered to capture yet, by side and shard. */
  readonly streams: Sides<readonly (readonly StreamRecord[])[]>;
  /** Tierferry's items that have come through capture, as bits: 1 a proof, 2 a sentinel. */
  readonly captured: Sides<number>;
  readonly lateCall?: LateCall | undefined;
  /** `isStale`: over 12 hours have passed since the last proof. `isReplaced`: the stream is not the one seen by the last poll. */
  readonly isStale: Sides<boolean>;
  readonly isReplaced: Sides<boolean>;
  /** False after a gap, until all keys have been compared. */
  readonly isWhole: boolean;
  /** True if all keys have been compared once in this direction. */
  readonly isCompared: boolean;
  readonly left: Bounds;
  readonly version: number;
  readonly broken?: Broken;
}

const both = <T>(value: T): Sides<T> => ({ source: value, target: value });
const sidesWith = <T>(sides: Sides<T>, side: Side, value: T): Sides<T> => ({ ...sides, [side]: value });

export { sidesWith };

/** Returns the state after the copy, with capture armed. The other model shows that copying loses nothing. */
export const initialState = (left: Bounds): State => {
  const armed = SIDES.reduce<Route>(
    (route, side) => arm(route, { migrationId: MIGRATION, side, table: TABLES[side] }),
    aRoute({ tenantId: TENANT, table: TABLES.source }),
  );
  const key: Key = {
    values: both(1),
    entries: both<Entry>(0),
    touched: both<TouchedKeys>(0),
    first: both<FirstImage>('none'),
    journalled: both<TouchedKeys>(0),
    isWritten: both(false),
    truth: 1,
    lost: false,
    reported: false,
  };
  return {
    route: armed,
    status: 'catchingUp',
    worker: { step: 'CatchUp', direction: 'forward', key: 0, from: ABSENT, seen: 0 },
    keys: Array.from({ length: left.keys }, () => key),
    streams: both(Array.from({ length: left.shards }, () => [])),
    captured: both(0),
    isStale: both(false),
    isReplaced: both(false),
    isWhole: true,
    isCompared: false,
    left,
    version: 1,
  };
};

export const keyAt = ({ keys }: State, index: number): Key => {
  const key = keys[index];
  if (!key) throw new Error(`no key ${index}`);
  return key;
};
export const withKey = (state: State, index: number, change: Partial<Key>): State => ({
  ...state,
  keys: state.keys.map((key, n) => (n === index ? { ...key, ...change } : key)),
});
export const withEntry = (state: State, index: number, side: Side, entry: Entry): State =>
  withKey(state, index, { entries: sidesWith(keyAt(state, index).entries, side, entry) });

/** Returns the shard of a key. The last key is alone in the last shard. */
export const shardOf = ({ left, keys }: State, index: number): number =>
  left.shards === 2 && index === keys.length - 1 ? 1 : 0;

export const withRecords = (
  state: State,
  side: Side,
  shard: number,
  records: readonly StreamRecord[],
): State => ({
  ...state,
  streams: sidesWith(
    state.streams,
    side,
    state.streams[side].map((old, n) => (n === shard ? records : old)),
  ),
});

export const recordsOf = ({ streams }: State, side: Side, shard: number): readonly StreamRecord[] =>
  streams[side][shard] ?? [];

const isChangeOf = (record: StreamRecord | undefined, key: number, isSinceFlip: boolean): boolean =>
  typeof record === 'object' && record.key === key && record.isSinceFlip === isSinceFlip;

/** Writes a key on one side, and adds a stream record. Consecutive changes of a key are merged, with the first old image. */
export const put = (state: State, side: Side, index: number, value: Value, isSinceFlip: boolean): State => {
  const key = keyAt(state, index);
  if (key.values[side] === value) return state;
  const shard = shardOf(state, index);
  const records = recordsOf(state, side, shard);
  const written = withKey(state, index, { values: sidesWith(key.values, side, value) });
  if (isChangeOf(records.at(-1), index, isSinceFlip)) return written;
  return withRecords(written, side, shard, [...records, { key: index, old: key.values[side], isSinceFlip }]);
};

/** Changes the status by the life cycle. @throws Error if the life cycle does not allow it */
export const became = (state: State, status: Status): State => {
  if (!mayChange(state.status, status)) throw new Error(`${state.status} does not become ${status}`);
  return { ...state, status };
};

export const isChangeSinceFlip = ({ route, status, worker }: State): boolean =>
  liveSide(route) === 'target' || (status === 'rollingBack' && worker.direction === 'reverse');

const imageCode = (image: FirstImage): number =>
  image === 'none' ? 0 : image === 'compared' ? 1 : 2 + image;

const keyCodes = ({
  values,
  entries,
  touched,
  first,
  journalled,
  isWritten,
  truth,
  lost,
  reported,
}: Key): number[] => [
  values.source + 16 * values.target + 256 * truth + (lost ? 4096 : 0) + (reported ? 8192 : 0),
  entries.source + 4 * entries.target + 16 * touched.source + 64 * touched.target,
  imageCode(first.source) + 32 * imageCode(first.target),
  journalled.source + 4 * journalled.target + (isWritten.source ? 16 : 0) + (isWritten.target ? 32 : 0),
];

const recordCode = (record: StreamRecord): number =>
  record === 'proof'
    ? 1
    : record === 'sentinel'
      ? 2
      : 3 + record.key + 2 * record.old + (record.isSinceFlip ? 64 : 0);

const flags = (...bits: readonly boolean[]): number =>
  bits.reduce((code, bit, n) => code + (bit ? 2 ** n : 0), 0);

/** Two states with the same key have the same future. */
export const keyOf = (state: State): string => {
  const { route, worker, left, lateCall, captured, isStale, isReplaced } = state;
  const codes = [
    STEPS.indexOf(worker.step) + 32 * worker.seen + 128 * worker.key + 256 * worker.from,
    flags(
      liveSide(route) === 'target',
      route.writes === 'fenced',
      worker.direction === 'reverse',
      state.end !== undefined,
      isStale.source,
      isStale.target,
      isReplaced.source,
      isReplaced.target,
      state.isWhole,
      state.isCompared,
    ) +
      1024 * STATUSES.indexOf(state.status),
    captured.source +
      4 * captured.target +
      16 *
        (lateCall
          ? 1 +
            flags(lateCall.side === 'target', lateCall.isOfDeadWorker) +
            4 * lateCall.key +
            8 * lateCall.value
          : 0),
    left.writes + 8 * left.crashes + 64 * left.lateCalls + 512 * left.rollbacks,
    left.gaps + 8 * left.replacements + 64 * left.losses + 512 * state.version,
  ];
  for (const key of state.keys) codes.push(...keyCodes(key));
  for (const side of SIDES) for (const shard of state.streams[side]) codes.push(0, ...shard.map(recordCode));
  return String.fromCharCode(...codes);
};
