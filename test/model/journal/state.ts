import type { Direction } from '../../../functions/migration/apply/way.ts';
import { mayChange, STATUSES, type Status } from '../../../functions/migration/life-cycle.ts';
import { arm, type Route, type Side } from '../../../functions/migration/routing/route.ts';
import { aRoute } from '../../support/records.ts';
import { ABSENT, type Broken, liveSide, MIGRATION, TABLES, TENANT, type Value } from '../state.ts';

export const SIDES = ['source', 'target'] as const satisfies readonly Side[];
type Sides<T> = Readonly<Record<Side, T>>;

/** A journal entry: none, one that the worker has not seen, one that it has looked at. */
export type Mark = 0 | 1 | 2;
/** A touched record: none, of an earlier comparison round, of the current one. */
export type Touched = 0 | 1 | 2;
/** The old image of the first change since the flip; once it has been compared, nothing is learned from it any more. */
export type FirstImage = Value | 'none' | 'compared';

/** One key of the tenant on both sides, and what the journal holds of it. */
export interface Key {
  readonly values: Sides<Value>;
  readonly marks: Sides<Mark>;
  readonly touched: Sides<Touched>;
  readonly first: Sides<FirstImage>;
  /** Journalled by capture since the last comparison, by the round; written since that comparison read it. No process reads these. */
  readonly journalled: Sides<Touched>;
  readonly isWritten: Sides<boolean>;
  /** The value that was acknowledged last. No process reads it. */
  readonly truth: Value;
  /** An acknowledged write was left behind by a flip; the report or audit trail names the key. */
  readonly lost: boolean;
  readonly reported: boolean;
}

/** A record of a stream: a change of a key, with the old image, and if it was made after the flip that made the side live. */
export interface Change {
  readonly key: number;
  readonly old: Value;
  readonly isSinceFlip: boolean;
}
/** An item of ours: a proof of capture, or the sentinel of a drain. */
export type StreamRecord = Change | 'proof' | 'sentinel';

/** How much of each may happen, so that the search ends. */
export interface Bounds {
  readonly keys: 1 | 2;
  /** With 2, the last key has a shard of its own, which holds no sentinel. */
  readonly shards: 1 | 2;
  /** The shard that holds no sentinel may be late by any time: what that loses must be reported. Else the assumption holds. */
  readonly isUnproved: boolean;
  /** A write of ours may be taken for a foreign one, after which the migration goes back: safe, and a false alarm. */
  readonly mayAccuse: boolean;
  /** Writes of the application. */
  readonly writes: number;
  /** The application also deletes, or counts on from the value that it reads (so that two histories may agree by chance). */
  readonly kind: 'puts' | 'putsAndDeletes' | 'counts';
  readonly crashes: number;
  readonly lateCalls: number;
  readonly rollbacks: number;
  /** Times in which capture of one side proves nothing for 12 hours, and records may be trimmed. */
  readonly gaps: number;
  /** Streams that are replaced, with the records that were not read. */
  readonly replacements: number;
  /**
   * Records that are lost in the shard that holds no sentinel. With `isUnproved`, not together with deletes or counts, nor these
   * with rollbacks: if both sides agree by chance and the record that would tell of it never comes, nothing is left to find.
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

/** Where the worker stands. Behind a stroke: in the middle of a step, which a crash begins again. */
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
  /** Sentinels or proofs that it has seen come back: 1 on the source, 2 on the target. */
  readonly seen: number;
}

/** A write call that was given up, and may still take effect. */
export interface LateCall {
  readonly side: Side;
  readonly key: number;
  readonly value: Value;
  /** Its worker has died and could not note it. */
  readonly isOfDeadWorker: boolean;
}

export interface State {
  readonly route: Route;
  readonly status: Status;
  readonly end?: 'stopped' | undefined;
  readonly worker: Worker;
  readonly keys: readonly Key[];
  /** Records that capture has not been given yet, by side and shard. */
  readonly streams: Sides<readonly (readonly StreamRecord[])[]>;
  /** Items of ours that came through: 1 a proof, 2 a sentinel. */
  readonly captured: Sides<number>;
  readonly lateCall?: LateCall | undefined;
  /** More than 12 hours have passed since the last proof; the stream is not the one that the last look saw. */
  readonly isStale: Sides<boolean>;
  readonly isReplaced: Sides<boolean>;
  /** False after a gap, until everything has been compared. */
  readonly isWhole: boolean;
  /** Everything has been compared once in this direction. */
  readonly isCompared: boolean;
  readonly left: Bounds;
  readonly version: number;
  readonly broken?: Broken;
}

const both = <T>(value: T): Sides<T> => ({ source: value, target: value });
const sidesWith = <T>(sides: Sides<T>, side: Side, value: T): Sides<T> => ({ ...sides, [side]: value });

export { sidesWith };

/** The copy is made and capture armed: the other model shows that copying loses nothing. */
export const initialState = (left: Bounds): State => {
  const armed = SIDES.reduce<Route>(
    (route, side) => arm(route, { migrationId: MIGRATION, side, table: TABLES[side] }),
    aRoute({ tenantId: TENANT, table: TABLES.source }),
  );
  const key: Key = {
    values: both(1),
    marks: both<Mark>(0),
    touched: both<Touched>(0),
    first: both<FirstImage>('none'),
    journalled: both<Touched>(0),
    isWritten: both(false),
    truth: 1,
    lost: false,
    reported: false,
  };
  return {
    route: armed,
    status: 'catchingUp',
    worker: { step: 'CatchUp', direction: 'forth', key: 0, from: ABSENT, seen: 0 },
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
export const withMark = (state: State, index: number, side: Side, mark: Mark): State =>
  withKey(state, index, { marks: sidesWith(keyAt(state, index).marks, side, mark) });

/** The last key is alone in the last shard. */
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

/** Writes a key on one side. Its stream has a record; changes of a key that follow each other are one, with the first old image. */
export const put = (state: State, side: Side, index: number, value: Value, isSinceFlip: boolean): State => {
  const key = keyAt(state, index);
  if (key.values[side] === value) return state;
  const shard = shardOf(state, index);
  const records = recordsOf(state, side, shard);
  const written = withKey(state, index, { values: sidesWith(key.values, side, value) });
  if (isChangeOf(records.at(-1), index, isSinceFlip)) return written;
  return withRecords(written, side, shard, [...records, { key: index, old: key.values[side], isSinceFlip }]);
};

/** The status, by the life cycle. @throws where it may not become this. */
export const became = (state: State, status: Status): State => {
  if (!mayChange(state.status, status)) throw new Error(`${state.status} does not become ${status}`);
  return { ...state, status };
};

export const isChangeSinceFlip = ({ route, status, worker }: State): boolean =>
  liveSide(route) === 'target' || (status === 'rollingBack' && worker.direction === 'back');

const imageCode = (image: FirstImage): number =>
  image === 'none' ? 0 : image === 'compared' ? 1 : 2 + image;

const keyCodes = ({
  values,
  marks,
  touched,
  first,
  journalled,
  isWritten,
  truth,
  lost,
  reported,
}: Key): number[] => [
  values.source + 16 * values.target + 256 * truth + (lost ? 4096 : 0) + (reported ? 8192 : 0),
  marks.source + 4 * marks.target + 16 * touched.source + 64 * touched.target,
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
      worker.direction === 'back',
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
