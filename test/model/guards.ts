import type { Direction } from '../../functions/migration/apply/way.ts';
import { isStopped } from '../../functions/migration/controls.ts';
import { forwardGuard, wayOutGuard } from '../../functions/migration/guard.ts';
import type { Status } from '../../functions/migration/life-cycle.ts';
import type { EpochMs } from '../../functions/migration/names.ts';
import type { Route, Side } from '../../functions/migration/routing/route.ts';
import { type Lease, liveSide, nowIn, SHORT_MS, type State, type Worker } from './state.ts';

/**
 * What the protocol leans on, each under its name: whether somebody may go on. `without` takes one away, and the search
 * must find what goes wrong then.
 */
export const guards = {
  /** Under the fence: every route that was got before it is over, if it was lent for as long as the fence waits. */
  leaseIsOut: (state: State, read: Route): boolean =>
    leases(state).every(({ beforeFence, long }) => !beforeFence || (long && read.leaseMs === SHORT_MS)),
  /** Before the cutover: every route that was got before the lease was shortened is over. */
  longLeasesAreOut: (state: State): boolean =>
    leases(state).every(({ beforeShortening }) => !beforeShortening),
  /** Which routes those are is counted from after the transaction that shortens the lease, not from before it. */
  leasesCountFromAfter: (): boolean => true,
  /** The router: a call ends with its lease. */
  callEndsWithLease: (): boolean => true,
  /** The router: a lease ends by the wall clock, too, since the monotonic one stands still in a suspended machine. */
  wallClockEndsLease: (): boolean => true,
  /** The router: a fenced route is not kept. */
  fencedRouteIsForgotten: (): boolean => true,

  /** The transaction of the flip: nobody has changed the route since it was fenced. */
  flipComparesEpoch: (now: Route, read: Route): boolean => now.epoch === read.epoch,
  /** The watchdog's compare-and-set. */
  watchdogComparesEpoch: (now: Route, read: Route): boolean => now.epoch === read.epoch,
  /** The same transactions: neither status nor attempt have changed since the step read them. */
  flipComparesStatus: (state: State, worker: Worker): boolean => isAsRead(state, worker),
  /** The flip's condition: no operator has stopped the cutover. */
  notCancelled: ({ migration }: State, direction: Direction): boolean => !isStopped(migration, direction),
  fenceComparesStatus: (state: State, worker: Worker): boolean => isAsRead(state, worker),
  armComparesStatus: (state: State, worker: Worker): boolean => isAsRead(state, worker),
  claimComparesStatus: (state: State, worker: Worker): boolean => isAsRead(state, worker),
  cleanUpComparesStatus: (state: State, worker: Worker): boolean => isAsRead(state, worker),
  /** A step of an attempt that is over, or of one that was told to go back, does nothing. */
  stepMayBegin: (state: State, worker: Worker): boolean => isWelcome(state, worker),
  /** The fence's deadline. @returns what the flip takes for the time. */
  flipTime: (state: State): EpochMs => nowIn(state),

  /** Capture on the source is armed before the first segment is read; on the target, before the flip. */
  sourceIsArmedFirst: (): boolean => true,
  targetIsArmed: (): boolean => true,
  /** The handler of the stream journals a sentinel behind every change that came before it. */
  sentinelComesLast: (): boolean => true,
  /** Sentinels of both sides have come through capture: the journal is whole. */
  sentinelsAreBack: (seen: number): boolean => seen === 3,
  /** The same on the way back. */
  wayBackIsDrained: (seen: number): boolean => seen === 3,
  /** Under the fence nothing is left in the journal. */
  journalIsEmpty: (token: number): boolean => token === 0,
  /** A mark goes only if it is still the one that was looked at, and each marking is a new one. */
  tokenIsUnchanged: (now: number, looked: number): boolean => now === looked,
  tokenIsNew: (): boolean => true,
  /** A mark goes only when both sides were read the same after it was set. */
  sidesWereTheSame: (isSame: boolean): boolean => isSame,
  /** No fence, and no comparison with what a rollback has left, while a call that was given up may take effect. */
  lateCallsAreOut: ({ late }: State): boolean => late === undefined,
  /** No flip after an unanswered write call of its own drain. */
  drainIsAnswered: (): boolean => true,
  /** The same before the target is discarded, and before another migration may begin there. */
  discardAwaitsLateCalls: ({ late }: State): boolean => late === undefined,
  closeAwaitsLateCalls: ({ late }: State): boolean => late === undefined,
  /** Under the fence, a key that was ever journalled is compared: a late call may have changed it. */
  touchedIsCompared: ({ touched }: State, side: Side): boolean => touched?.[side] ?? false,
  /** Such a key is ours when the target is discarded. */
  touchedIsOurs: ({ touched }: State): boolean => touched?.source ?? false,
  /** Who writes the side that is being filled has the right to, which has not run out. */
  holdsClaim: (state: State, slot: 0 | 1): boolean => state.claim === slot || state.claim === 'both',
  /** Nobody else has it. */
  claimIsFree: (state: State): boolean => state.claim === 'nobody',

  /** A watchdog is started before the fence, and outlives the step that fences. */
  watchdogIsStarted: (): boolean => true,
  /** The watchdog stays while there is a fence, or one may come. */
  fenceMayCome: (mayCome: boolean): boolean => mayCome,

  /** A second watchdog reopens what is overdue, if the first has died; by the same compare-and-set. */
  overdueFenceIsSwept: (): boolean => true,
  sweepComparesEpoch: (now: Route, read: Route): boolean => now.epoch === read.epoch,
  /** A step does nothing of its own while the migration is paused. */
  stepWaitsForResume: ({ migration }: State): boolean => !migration.paused,
  /** A cancel or a rollback ends a pause. */
  requestEndsPause: (): boolean => true,

  /** The roll-back: the target isn't written by anybody any more, and isn't live. */
  writersAreGone: (state: State): boolean => state.claim === 'nobody',
  targetIsNotLive: (route: Route): boolean => liveSide(route) !== 'target',
  /** The way of a migration that is going back follows the route. */
  wayFollowsRoute: (route: Route): boolean => liveSide(route) === 'target',
  /** A rollback is only given up while the tenant lives on the target. */
  stayFollowsRoute: (route: Route): boolean => liveSide(route) === 'target',
  /** What the source doesn't have as the target does is only left alone if the journal was whole after that was read. */
  foreignIsProved: (isWhole: boolean): boolean => isWhole,

  /** A rollback is refused once the source has begun to go. */
  sourceIsKept: (status: Status): boolean => status === 'holding',
  holdIsOver: (state: State): boolean => state.holdOver,
  /** No change of the source has come through since the flip. */
  nobodyStrayed: (token: number): boolean => token === 0,
  /** The source, read again, is what was flipped; an item goes only if it was verified. */
  isAsKept: (now: unknown, kept: unknown): boolean => now === kept,
  /** A straggler that a person was shown, and that is forgotten, is a difference that a rollback has to know of. */
  stragglerIsRemembered: (): boolean => true,
  /** Reads by a route that was fenced, and has been flipped since, are over before the old table loses anything. */
  fencedReadsAreOver: (state: State): boolean => state.fencedRead === undefined,
  /** What was rolled back is done again by another migration: what is left over of the first can't touch it. */
  againIsAnother: (): boolean => true,
};
export type Guards = typeof guards;
export type Guard = keyof Guards;

const leases = ({ writers }: State): Lease[] => writers.flatMap(({ lease }) => lease ?? []);

const isAsRead = ({ migration }: State, { status, statusAttempt }: Worker): boolean =>
  migration.status === status && migration.attempt === statusAttempt;

/** The production guard: `stage` on the way forward, `wayOut` on the way back. */
const isWelcome = ({ migration }: State, { attempt, step, direction }: Worker): boolean => {
  try {
    const guard = direction === 'back' || WAY_OUT.has(step) ? wayOutGuard : forwardGuard;
    guard(migration, attempt);
    return true;
  } catch {
    return false;
  }
};
const WAY_OUT = new Set(['DecideWayOut', 'ReopenWrites', 'AwaitWriters', 'DiscardTarget', 'CloseRollBack']);

/** The protocol without what these do. */
export const without = (...names: readonly Guard[]): Guards => {
  const weakened: Guards = { ...guards };
  for (const name of names) {
    if (name === 'flipTime') weakened.flipTime = (state) => nowIn({ ...state, overdue: false });
    else if (name === 'targetIsArmed') {
      weakened.targetIsArmed = () => false;
      // who captures nothing there waits for nothing from there
      weakened.sentinelsAreBack = (seen) => seen !== 0;
      weakened.wayBackIsDrained = (seen) => seen !== 0;
    } else if (NEVER.has(name)) weakened[name] = () => false;
    else weakened[name] = () => true;
  }
  return weakened;
};
/** Those that say what the protocol does, rather than when it may go on. */
const NEVER: ReadonlySet<Guard> = new Set<Guard>([
  'callEndsWithLease',
  'drainIsAnswered',
  'touchedIsCompared',
  'touchedIsOurs',
  'wallClockEndsLease',
  'overdueFenceIsSwept',
  'requestEndsPause',
  'leasesCountFromAfter',
  'fencedRouteIsForgotten',
  'sourceIsArmedFirst',
  'sentinelComesLast',
  'tokenIsNew',
  'watchdogIsStarted',
  'fenceMayCome',
  'wayFollowsRoute',
  'stragglerIsRemembered',
  'againIsAnother',
]);
