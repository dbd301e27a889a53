import { nameOf } from '../invariants.ts';
import type { Move } from '../move.ts';
import { ABSENT, liveSide } from '../state.ts';
import type { Rules } from './rules.ts';
import {
  ALL,
  broken,
  LAST,
  partitionAt,
  put,
  recordedPartition,
  SIDES,
  type State,
  sidesWith,
  type Writer,
  withEntry,
  withPartition,
} from './state.ts';

export type PartitionProcess = (state: State, rules: Rules) => readonly Move<State>[];

const writerMove = (does: string, to: State): Move<State> => ({ who: 'application', does, to });

/** Begins a write of a new value, or a delete, in one of these partitions. */
const begins = (state: State, side: 'source' | 'target', partitions: readonly number[]): Move<State>[] => {
  if (state.left.writes === 0) return [];
  const left = { ...state.left, writes: state.left.writes - 1 };
  return partitions.flatMap((partition) =>
    [state.version + 1, ABSENT].map((value) => {
      const version = Math.max(state.version, value);
      const writer: Writer = { ...state.writer, write: { partition, side, value } };
      const does = `begins to write ${nameOf(value)} in partition ${partition} on the ${side}`;
      return writerMove(does, { ...state, left, version, writer });
    }),
  );
};

/** A process of the application: one route and one lease for all partitions of the tenant. */
const application: PartitionProcess = (state, rules) => {
  const { route, writer } = state;
  const { lease, write } = writer;
  const live = liveSide(route);
  const isOpen = route.writes === 'open';
  const moves: Move<State>[] = [];
  if (write) {
    const { partition, side, value } = write;
    const written = put({ ...state, writer: { lease } }, side, partition, value);
    const known = withPartition(written, partition, { truth: value });
    const does = `its write of ${nameOf(value)} reaches partition ${partition} on the ${side}`;
    const isLost = side !== live;
    moves.push(
      writerMove(
        does,
        isLost ? broken(known, 'I1', `the ${side} took a write while the ${live} is live`) : known,
      ),
    );
  } else if (lease) moves.push(...begins(state, lease, ALL));
  else if (isOpen)
    moves.push(writerMove(`asks for the route: ${live}`, { ...state, writer: { lease: live } }));
  if (lease && !(isOpen && lease === live))
    moves.push(writerMove('its lease ends, and with it its write', { ...state, writer: {} }));
  if (!write && !isOpen && !rules.fenceCoversTenant) moves.push(...begins(state, live, [LAST]));
  if (!write && live === 'target' && !rules.flipMovesTenant) moves.push(...begins(state, 'source', [LAST]));
  return moves;
};

/** Journals the first record of a partition's stream, or the sentinel behind it if that may overtake it. */
const journals = (
  state: State,
  side: 'source' | 'target',
  index: number,
  at: number,
  rules: Rules,
): State => {
  const { streams, captured } = partitionAt(state, index);
  const record = streams[side][at];
  const rest = streams[side].filter((_, n) => n !== at);
  const read = withPartition(state, index, { streams: sidesWith(streams, side, rest) });
  const isArmed = state.route.capture?.tables[side] !== undefined;
  if (!isArmed || (index === LAST && !rules.everyPartitionIsCaptured)) return read;
  if (record === 'sentinel') return withPartition(read, index, { captured: sidesWith(captured, side, true) });
  const named = rules.entriesNameTheirPartition ? recordedPartition(index) : 0;
  const noted = partitionAt(read, index).isJournalled;
  return withEntry(
    withPartition(read, index, { isJournalled: sidesWith(noted, side, true) }),
    named,
    side,
    1,
  );
};

/**
 * The stream handler. Each partition's records come in order, and late by any time. A partition may have several shards,
 * and a change may be in one without a sentinel. So, as in the journal's model, a sentinel may overtake the change of a key
 * that was journalled since the last comparison. It overtakes no other change.
 */
const capture: PartitionProcess = (state, rules) =>
  ALL.flatMap((index) =>
    SIDES.flatMap((side) => {
      const { streams, isJournalled } = partitionAt(state, index);
      const records = streams[side];
      const overtaking = isJournalled[side] && records[0] === 'change' ? records.indexOf('sentinel') : -1;
      return [0, overtaking]
        .filter((at) => at >= 0 && records[at] !== undefined)
        .map((at) => ({
          who: `capture of the ${side}`,
          does: `reads a ${records[at]} of partition ${index}`,
          to: journals(state, side, index, at, rules),
        }));
    }),
  );

/** A process writes the kept source past every lease. */
const stray: PartitionProcess = (state) => {
  const { left, status, version, end, worker } = state;
  if (left.strays === 0 || status !== 'holding' || end || worker.direction === 'reverse') return [];
  const value = version + 1;
  return ALL.map((index) => ({
    who: 'stray writer',
    does: `writes ${nameOf(value)} in partition ${index} of the source`,
    to: put({ ...state, version: value, left: { ...left, strays: left.strays - 1 } }, 'source', index, value),
  }));
};

export const world: readonly PartitionProcess[] = [application, capture, stray];
