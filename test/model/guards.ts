import { isStopped } from '../../functions/migration/cutover/stops-cutover.ts';
import type { Status } from '../../functions/migration/life-cycle.ts';
import type { Direction } from '../../functions/migration/migration.ts';
import type { EpochMs } from '../../functions/migration/names.ts';
import { forwardGuard, rollbackGuard } from '../../functions/migration/record/guard.ts';
import type { Route, Side } from '../../functions/migration/route/route.ts';
import { type Lease, liveSide, nowIn, SHORT_MS, type State, type Worker } from './state.ts';

/**
 * The conditions on which the protocol depends, by name. Each returns true if a process may proceed. `without` removes a
 * condition, and the search must find the violation that follows.
 */
export const guards = {
  /** Under the fence: every lease granted before it has ended, if it was no longer than the fence waits. */
  leaseIsOut: (state: State, read: Route): boolean =>
    leases(state).every(({ beforeFence, long }) => !beforeFence || (long && read.leaseMs === SHORT_MS)),
  /** Before the cutover: every lease granted before the shortening has ended. */
  longLeasesAreOut: (state: State): boolean =>
    leases(state).every(({ beforeShortening }) => !beforeShortening),
  /** Long leases are counted from after the transaction that shortens the lease, not from before it. */
  leasesCountFromAfter: (): boolean => true,
  /** The router: a call ends with its lease. */
  callEndsWithLease: (): boolean => true,
  /** The router: a lease ends by the wall clock too, since the monotonic clock stands still in a suspended machine. */
  wallClockEndsLease: (): boolean => true,
  /** The router: a fenced route is not cached. */
  fencedRouteIsForgotten: (): boolean => true,

  /** The transaction of the flip: the route has not changed since it was fenced. */
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
  /** A step of an attempt that has ended, or that must roll back, does nothing. */
  stepMayBegin: (state: State, worker: Worker): boolean => isWelcome(state, worker),
  /** The fence's deadline. @returns the time that the flip uses. */
  flipTime: (state: State): EpochMs => nowIn(state),

  /** Capture on the source is armed before the first segment is read; on the target, before the flip. */
  sourceIsArmedFirst: (): boolean => true,
  targetIsArmed: (): boolean => true,
  /** The stream's handler journals a sentinel after every earlier change. */
  sentinelComesLast: (): boolean => true,
  /** Sentinels of both sides have come through capture: the journal is whole. */
  sentinelsAreBack: (seen: number): boolean => seen === 3,
  /** The same in a rollback. */
  wayBackIsDrained: (seen: number): boolean => seen === 3,
  /** The journal is empty under the fence. */
  journalIsEmpty: (token: number): boolean => token === 0,
  /** An entry is removed only if its token is still the one that was read. Each delivery sets a new token. */
  tokenIsUnchanged: (now: number, observed: number): boolean => now === observed,
  tokenIsNew: (): boolean => true,
  /** An entry is removed only after both sides were read as equal since it was set. */
  sidesWereTheSame: (isSame: boolean): boolean => isSame,
  /** No fence, and no comparison with the target after a rollback, while a call without an answer may take effect. */
  lateCallsAreOut: ({ late }: State): boolean => late === undefined,
  /** No flip after an unanswered write call of its own drain. */
  drainIsAnswered: (): boolean => true,
  /** The same before the target is discarded, and before another migration may use it. */
  discardAwaitsLateCalls: ({ late }: State): boolean => late === undefined,
  closeAwaitsLateCalls: ({ late }: State): boolean => late === undefined,
  /** Under the fence, each touched key is compared: a late call may have changed it. */
  touchedIsCompared: ({ touched }: State, side: Side): boolean => touched?.[side] ?? false,
  /** A touched key counts as the migration's own when the target is discarded. */
  touchedIsOurs: ({ touched }: State): boolean => touched?.source ?? false,
  /** A worker that writes the side being filled has a valid claim. */
  holdsClaim: (state: State, slot: 0 | 1): boolean => state.claim === slot || state.claim === 'both',
  /** No other worker has the claim. */
  claimIsFree: (state: State): boolean => state.claim === 'none',

  /** A watchdog is started before the fence, and outlives the step that fences. */
  watchdogIsStarted: (): boolean => true,
  /** The watchdog runs while there is a fence, or one may still be set. */
  fenceMayCome: (mayCome: boolean): boolean => mayCome,

  /** If the first watchdog has died, a second one reopens an overdue fence by the same compare-and-set. */
  overdueFenceIsSwept: (): boolean => true,
  sweepComparesEpoch: (now: Route, read: Route): boolean => now.epoch === read.epoch,
  /** A step does no work while the migration is paused. */
  stepWaitsForResume: ({ migration }: State): boolean => !migration.paused,
  /** A cancel or a rollback ends a pause. */
  requestEndsPause: (): boolean => true,

  /** The rollback: no worker writes the target any more, and it is not live. */
  writersAreGone: (state: State): boolean => state.claim === 'none',
  targetIsNotLive: (route: Route): boolean => liveSide(route) !== 'target',
  /** A rollback proceeds by the route. */
  wayFollowsRoute: (route: Route): boolean => liveSide(route) === 'target',
  /** A rollback is abandoned only while the tenant lives on the target. */
  stayFollowsRoute: (route: Route): boolean => liveSide(route) === 'target',
  /** A differing item of the target is kept as foreign only if the journal was whole after both sides were read. */
  foreignIsProved: (isWhole: boolean): boolean => isWhole,

  /** A rollback is refused once the deletion of the source has begun. */
  sourceIsKept: (status: Status): boolean => status === 'holding',
  holdIsOver: (state: State): boolean => state.holdOver,
  /** Capture has delivered no change of the source since the flip. */
  nobodyStrayed: (token: number): boolean => token === 0,
  /** The source, read again, is as it was at the flip, and only verified items are deleted. */
  isAsKept: (now: unknown, kept: unknown): boolean => now === kept,
  /** A straggler that an operator has seen, and whose entry was removed, is a difference that a rollback must find. */
  stragglerIsRemembered: (): boolean => true,
  /** Reads by a route that was read under the fence end before the former live table loses an item. */
  fencedReadsAreOver: (state: State): boolean => state.fencedRead === undefined,
  /** A retry of a rolled-back migration is a new migration, which leftover work of the first one cannot affect. */
  againIsAnother: (): boolean => true,
};
export type Guards = typeof guards;
export type Guard = keyof Guards;

const leases = ({ writers }: State): Lease[] => writers.flatMap(({ lease }) => lease ?? []);

const isAsRead = ({ migration }: State, { status, statusAttempt }: Worker): boolean =>
  migration.status === status && migration.attempt === statusAttempt;

/** True if the production guard of the step, forward or for a rollback, lets it begin. */
const isWelcome = ({ migration }: State, { attempt, step, direction }: Worker): boolean => {
  try {
    const guard = direction === 'reverse' || ROLLBACK_STATES.has(step) ? rollbackGuard : forwardGuard;
    guard(migration, attempt);
    return true;
  } catch {
    return false;
  }
};
const ROLLBACK_STATES = new Set([
  'DecideRollback',
  'ReopenWrites',
  'AwaitWorkers',
  'DiscardTarget',
  'CloseRollback',
]);

/** Returns the protocol without these guards. */
export const without = (...names: readonly Guard[]): Guards => {
  const weakened: Guards = { ...guards };
  for (const name of names) {
    if (name === 'flipTime') weakened.flipTime = (state) => nowIn({ ...state, overdue: false });
    else if (name === 'targetIsArmed') {
      weakened.targetIsArmed = () => false;
      // without capture on a side, no sentinel of that side is awaited
      weakened.sentinelsAreBack = (seen) => seen !== 0;
      weakened.wayBackIsDrained = (seen) => seen !== 0;
    } else if (NEVER.has(name)) weakened[name] = () => false;
    else weakened[name] = () => true;
  }
  return weakened;
};
/** Guards that describe an action of the protocol, rather than a condition for proceeding. */
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
