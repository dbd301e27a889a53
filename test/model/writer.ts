import type { Side } from '../../functions/migration/route/route.ts';
import type { Guards } from './guards.ts';
import { nameOf } from './invariants.ts';
import type { Move, Process } from './move.ts';
import {
  ABSENT,
  broken,
  type Lease,
  LONG_MS,
  liveSide,
  put,
  type State,
  type Value,
  type Writer,
} from './state.ts';

/**
 * A process of the application. It reads the route, uses it while its lease lasts, and may stall between route and table for
 * as long as the lease.
 */
const writerOf =
  (slot: number): Process =>
  (state, guards) => {
    const writer = state.writers[slot];
    if (!writer) return [];
    const move = (does: string, change: Partial<Writer>, base: State = state): Move => {
      const writers = base.writers.map((other, n) => (n === slot ? { ...other, ...change } : other));
      return { who: `application ${slot + 1}`, does, to: { ...base, writers } };
    };
    const { lease, suspended, write } = writer;
    if (suspended) return [wakes(move, suspended, guards)];
    const moves: Move[] = [];
    if (lease && !write && state.left.suspensions > 0) {
      const left = { ...state.left, suspensions: state.left.suspensions - 1 };
      const change = { lease: undefined, suspended: lease };
      moves.push(move('its machine is suspended, for longer than its lease', change, { ...state, left }));
    }
    if (write) {
      // the write arrives before the lease has ended
      moves.push(
        move(
          `its write of ${nameOf(write.value)} reaches the ${write.side}`,
          { write: undefined },
          landed(state, write),
        ),
      );
    } else if (lease && !lease.fenced && state.left.writes > 0) {
      const left = { ...state, left: { ...state.left, writes: state.left.writes - 1 } };
      const values: Value[] = [state.version + 1, ABSENT];
      for (const value of values) {
        const given = value === ABSENT ? left : { ...left, version: value };
        const does = value === ABSENT ? 'begins to delete the key' : `begins to write ${nameOf(value)}`;
        moves.push(move(`${does} on the ${lease.side}`, { write: { side: lease.side, value } }, given));
      }
    }
    const got = granted(state);
    if (write) {
      if (lease && !isCurrent(lease, got)) {
        const isAborted = guards.callEndsWithLease();
        moves.push(
          move(isAborted ? 'its lease ends, and with it its write' : 'its lease ends', {
            lease: undefined,
            ...(isAborted ? { write: undefined } : {}),
          }),
        );
      }
    } else if (!got.fenced || !guards.fencedRouteIsForgotten()) {
      const terms = got.fenced ? 'fenced' : `for a ${got.long ? 'long' : 'short'} lease`;
      if (!isCurrent(lease, got))
        moves.push(move(`asks for the route: ${got.side}, ${terms}`, { lease: got }));
    } else if (lease) moves.push(move('its lease ends', { lease: undefined }));
    return moves;
  };

/** The machine wakes up. The lease has ended by the wall clock, but not by the monotonic clock, and no fence has waited for it. */
const wakes = (
  move: (does: string, change: Partial<Writer>) => Move,
  suspended: Lease,
  guards: Guards,
): Move => {
  const lease = { ...suspended, beforeFence: false, beforeShortening: false };
  return guards.wallClockEndsLease()
    ? move('its machine wakes up, and its lease has ended', { suspended: undefined })
    : move('its machine wakes up, and its lease goes on', { suspended: undefined, lease });
};

/** Returns the lease that a router is granted now. */
const granted = ({ route }: State): Lease => ({
  side: liveSide(route),
  long: route.leaseMs === LONG_MS,
  fenced: route.writes === 'fenced',
  beforeFence: false,
  beforeShortening: false,
});

/**
 * True if a router has the lease that it would be granted now. Reading the route again would change nothing, and having no
 * lease allows less.
 */
const isCurrent = (lease: Lease | undefined, got: Lease): boolean =>
  lease?.side === got.side &&
  lease.long === got.long &&
  lease.fenced === got.fenced &&
  !lease.beforeFence &&
  !lease.beforeShortening;

const landed = (state: State, { side, value }: { side: Side; value: Value }): State => {
  const written = put(state, side, value);
  const read = state.fencedRead;
  const known: State = {
    ...written,
    truth: value,
    ...(read ? { fencedRead: { ...read, may: read.may | (1 << value) } } : {}),
  };
  return side === liveSide(state.route)
    ? known
    : broken(known, 'I1', `the ${side} took a write while the ${liveSide(state.route)} is live`);
};

/** A read whose route was read under a fence, and that stalls. It may be sent until its lease ends. */
const fencedReader: Process = (state) => {
  const { route, fencedRead, left, truth } = state;
  if (fencedRead)
    return [{ who: 'reader', does: 'reads, or gives up', to: { ...state, fencedRead: undefined } }];
  if (route.writes === 'open' || left.fencedReads === 0) return [];
  const side = liveSide(route);
  return [
    {
      who: 'reader',
      does: `asks for the route: ${side}, fenced; and stalls before it reads`,
      to: {
        ...state,
        fencedRead: { side, may: 1 << truth },
        left: { ...left, fencedReads: left.fencedReads - 1 },
      },
    },
  ];
};

/** A process writes the kept source past every lease. The write may be lost in a rollback, but the clean-up must not delete it. */
const stray: Process = (state) => {
  const { left, migration, version } = state;
  if (left.strays === 0 || state.holdOver || migration.status !== 'holding') return [];
  const value = version + 1;
  const strayed = { ...state, strayed: true, version: value, left: { ...left, strays: left.strays - 1 } };
  return [
    { who: 'stray writer', does: `writes ${nameOf(value)} to the source`, to: put(strayed, 'source', value) },
  ];
};

export const application: readonly Process[] = [writerOf(0), writerOf(1), fencedReader, stray];
