import type { Side } from '../../../functions/migration/route/route.ts';
import { nameOf } from '../invariants.ts';
import type { Move } from '../move.ts';
import { ABSENT, decisionOn, liveSide } from '../state.ts';
import type { Rules } from './rules.ts';
import {
  type Bounds,
  type FirstImage,
  isChangeSinceFlip,
  keyAt,
  put,
  recordsOf,
  SIDES,
  type State,
  type StreamRecord,
  shardOf,
  sidesWith,
  withEntry,
  withKey,
  withRecords,
} from './state.ts';

export type JournalProcess = (state: State, rules: Rules) => readonly Move<State>[];

/** Reduces the number of events that may still happen. */
export const spent = (
  state: State,
  what: Exclude<keyof Bounds, 'keys' | 'shards' | 'kind' | 'isUnproved' | 'mayAccuse'>,
): State => ({
  ...state,
  left: { ...state.left, [what]: state.left[what] - 1 },
});

/** Writes any key on the live side, unless it is fenced. The other model has the leases. */
const application: JournalProcess = (state) => {
  const { route, left } = state;
  if (left.writes === 0 || route.writes === 'fenced') return [];
  const side = liveSide(route);
  return state.keys.flatMap((key, index) => {
    const next = left.kind === 'counts' ? key.values[side] + 1 : state.version + 1;
    const values = left.kind === 'putsAndDeletes' && key.values[side] !== ABSENT ? [next, ABSENT] : [next];
    return values.map((value) => {
      const version = left.kind === 'counts' || value === ABSENT ? state.version : next;
      const written = put(
        { ...spent(state, 'writes'), version },
        side,
        index,
        value,
        isChangeSinceFlip(state),
      );
      return {
        who: 'application',
        does: `writes ${nameOf(value)} under key ${index} on the ${side}`,
        to: withKey(written, index, { truth: value, isWritten: sidesWith(key.isWritten, side, true) }),
      };
    });
  });
};

/** True for the side whose old images are journalled now: the one that a flip has made live. */
const notesFirst = (state: State, side: Side): boolean =>
  liveSide(state.route) === side && isChangeSinceFlip(state);

/** True after the drain's last read of the journal: later entries come too late for the flip. */
const isConcluded = ({ worker: { step } }: State): boolean => step === 'CompareTouched' || step === 'Flip';

const journalled = (state: State, side: Side, record: StreamRecord): State => {
  if (typeof record === 'string') {
    const bit = record === 'proof' ? 1 : 2;
    return { ...state, captured: sidesWith(state.captured, side, state.captured[side] | bit) };
  }
  const key = keyAt(state, record.key);
  const isFirst = record.isSinceFlip && notesFirst(state, side) && key.first[side] === 'none';
  const first: FirstImage = isFirst ? record.old : key.first[side];
  const noted = {
    first: sidesWith(key.first, side, first),
    journalled: isConcluded(state) ? key.journalled : sidesWith(key.journalled, side, 2),
  };
  return withEntry(withKey(state, record.key, noted), record.key, side, 1);
};

/** True if the shard without a sentinel has a change of a key that was not journalled since the last comparison. */
const hidesUntouchedKey = (state: State, side: Side): boolean =>
  state.keys.some(
    (key, index) =>
      shardOf(state, index) === 1 && key.journalled[side] === 0 && recordsOf(state, side, 1).length > 0,
  );

/** Journals the records of each shard in order. A shard may lag by any time. */
const capture: JournalProcess = (state, rules) =>
  SIDES.flatMap((side) =>
    state.streams[side].flatMap((records, shard) => {
      const [record, ...rest] = records;
      if (record === undefined) return [];
      const isAssumed = rules.untouchedKeysComeFirst && !state.left.isUnproved;
      if (record === 'sentinel' && isAssumed && hidesUntouchedKey(state, side)) return [];
      const what = typeof record === 'string' ? `a ${record}` : `a change of key ${record.key}`;
      return [
        {
          who: `capture of the ${side}, shard ${shard}`,
          does: `journals ${what}`,
          to: journalled(withRecords(state, side, shard, rest), side, record),
        },
      ];
    }),
  );

/** Steps between a proof and the flip. Proof and fence last a few seconds only, so no gap can occur in between. */
const AFTER_PROOF = /^(Prove\/|Fence|Drain|CompareTouched|Flip)/;

const losses: JournalProcess = (state) => {
  const moves: Move<State>[] = [];
  const { left } = state;
  const isProved = AFTER_PROOF.test(state.worker.step);
  for (const side of SIDES) {
    const who = `stream of the ${side}`;
    const [records = []] = state.streams[side];
    if (left.gaps > 0 && !isProved && !state.isStale[side])
      moves.push({
        who,
        does: 'has proved nothing for 12 hours',
        to: { ...spent(state, 'gaps'), isStale: sidesWith(state.isStale, side, true) },
      });
    if (state.isStale[side] && !isProved && records.length > 0)
      moves.push({ who, does: 'is trimmed', to: withRecords(state, side, 0, records.slice(1)) });
    if (left.replacements > 0)
      moves.push({
        who,
        does: 'is replaced, with the records that were not read',
        to: {
          ...spent(state, 'replacements'),
          isReplaced: sidesWith(state.isReplaced, side, true),
          streams: sidesWith(
            state.streams,
            side,
            state.streams[side].map(() => []),
          ),
        },
      });
    const alone = recordsOf(state, side, 1);
    if (left.losses > 0 && alone.length > 0)
      moves.push({
        who,
        does: 'loses a record of the shard that holds no sentinel',
        to: withRecords(spent(state, 'losses'), side, 1, alone.slice(1)),
      });
  }
  return moves;
};

/** A call without an answer takes effect after all, or never. */
const lateCalls: JournalProcess = (state) => {
  const { lateCall } = state;
  if (!lateCall) return [];
  const { side, key, value } = lateCall;
  const out = { ...state, lateCall: undefined };
  const isSame = decisionOn(value, keyAt(state, key).values[side]) === 'same';
  const late = {
    who: 'a call that was given up',
    does: `writes ${nameOf(value)} under key ${key} on the ${side}`,
  };
  return [
    { who: 'time', does: 'the call that was given up is out', to: out },
    ...(isSame ? [] : [{ ...late, to: put(out, side, key, value, false) }]),
  ];
};

export const world: readonly JournalProcess[] = [application, capture, losses, lateCalls];
