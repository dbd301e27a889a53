import type { Guard } from './guards.ts';
import type { Bounds } from './state.ts';
import type { Tooth as AnyTooth } from './test-teeth.ts';

type Tooth = AnyTooth<Guard, Bounds>;

export const TEETH: readonly Tooth[] = [
  { without: ['leaseIsOut'], bounds: { writes: 1 }, breaks: 'I1' },
  { without: ['longLeasesAreOut'], bounds: { writes: 1 }, breaks: 'I1' },
  { without: ['leasesCountFromAfter'], bounds: { writes: 1 }, breaks: 'I1' },
  { without: ['callEndsWithLease'], bounds: { writes: 1 }, breaks: 'I1' },
  { without: ['wallClockEndsLease'], bounds: { suspensions: 1 }, breaks: 'I1' },
  { without: ['fencedRouteIsForgotten'], bounds: { writes: 1 }, breaks: 'I3' },
  { without: ['flipComparesEpoch'], bounds: { writes: 1 }, breaks: 'I1' },
  { without: ['notCancelled'], bounds: { cancels: 1 }, breaks: 'operator' },
  { without: ['watchdogComparesEpoch'], bounds: { writes: 1 }, breaks: 'I1' },
  { without: ['armComparesStatus'], bounds: { crashes: 1, cancels: 1 }, breaks: 'I5' },
  { without: ['claimComparesStatus'], bounds: { crashes: 1, cancels: 1 }, breaks: 'I5' },
  { without: ['stepMayBegin'], bounds: { crashes: 1, cancels: 1 }, breaks: 'I5' },
  { without: ['sourceIsArmedFirst'], bounds: { writes: 1 }, breaks: 'I2' },
  { without: ['targetIsArmed'], bounds: { writes: 1, rollbacks: 1 }, breaks: 'I6' },
  { without: ['sentinelComesLast'], bounds: { writes: 1 }, breaks: 'I2' },
  { without: ['sentinelsAreBack'], bounds: { writes: 1 }, breaks: 'I2' },
  { without: ['wayBackIsDrained'], bounds: { writes: 1, rollbacks: 1 }, breaks: 'I6' },
  { without: ['journalIsEmpty'], bounds: { writes: 1 }, breaks: 'I2' },
  { without: ['tokenIsUnchanged'], bounds: { writes: 2 }, breaks: 'I2' },
  { without: ['tokenIsNew'], bounds: { writes: 2, redeliveries: 1 }, breaks: 'I2' },
  { without: ['sidesWereTheSame'], bounds: { writes: 1, crashes: 1 }, breaks: 'I5' },
  { without: ['holdsClaim'], bounds: { writes: 1, crashes: 1 }, breaks: 'I2' },
  { without: ['claimIsFree'], bounds: { writes: 1, crashes: 1 }, breaks: 'I2' },
  { without: ['lateCallsAreOut'], bounds: { writes: 2, lateCalls: 1 }, breaks: 'I2' },
  { without: ['drainIsAnswered'], bounds: { writes: 2, lateCalls: 1 }, breaks: 'I2' },
  { without: ['touchedIsOurs'], bounds: { writes: 1, lateCalls: 1, cancels: 1 }, breaks: 'I5' },
  { without: ['discardAwaitsLateCalls'], bounds: { cancels: 1, lateCalls: 1 }, breaks: 'I5' },
  { without: ['closeAwaitsLateCalls'], bounds: { rollbacks: 1, lateCalls: 1, restarts: 1 }, breaks: 'I2' },
  { without: ['watchdogIsStarted'], bounds: {}, breaks: 'I5' },
  { without: ['fenceMayCome'], bounds: {}, breaks: 'I5' },
  { without: ['overdueFenceIsSwept'], bounds: { watchdogDeaths: 1 }, breaks: 'I5' },
  { without: ['sweepComparesEpoch'], bounds: { writes: 1, watchdogDeaths: 1 }, breaks: 'I1' },
  { without: ['stepWaitsForResume'], bounds: { pauses: 1 }, breaks: 'operator' },
  { without: ['requestEndsPause'], bounds: { pauses: 1, rollbacks: 1 }, breaks: 'I5' },
  { without: ['writersAreGone'], bounds: { crashes: 1, cancels: 1 }, breaks: 'I5' },
  { without: ['wayFollowsRoute'], bounds: { rollbacks: 1 }, breaks: 'I5' },
  { without: ['stayFollowsRoute'], bounds: { rollbacks: 1, abandons: 1 }, breaks: 'I6' },
  { without: ['sourceIsKept'], bounds: { rollbacks: 1 }, breaks: 'I6' },
  { without: ['holdIsOver'], bounds: {}, breaks: 'I6' },
  { without: ['nobodyStrayed'], bounds: { writes: 1, strays: 1 }, breaks: 'I6' },
  { without: ['foreignIsProved'], bounds: { writes: 1, cancels: 1 }, breaks: 'I5' },
  { without: ['fencedReadsAreOver'], bounds: { rollbacks: 1, fencedReads: 1 }, breaks: 'I3' },
  { without: ['againIsAnother'], bounds: { crashes: 2, rollbacks: 1, restarts: 1 }, breaks: 'I5' },
  { without: ['stragglerIsRemembered'], bounds: { rollbacks: 1, strays: 1 }, breaks: 'I6' },
];

/** Pairs of guards that back each other: an invariant breaks only without both. */
export const BACKED: readonly Tooth[] = [
  // the rollback refuses to discard a live target
  { without: ['flipComparesStatus', 'targetIsNotLive'], bounds: { crashes: 1, cancels: 1 }, breaks: 'I2' },
  { without: ['targetIsNotLive', 'wayFollowsRoute'], bounds: { rollbacks: 1 }, breaks: 'I2' },
  // the next step's own guard finds that the attempt has ended
  { without: ['cleanUpComparesStatus', 'stepMayBegin'], bounds: { rollbacks: 1 }, breaks: 'I6' },
  // the straggler's entry is found before values are compared
  { without: ['isAsKept', 'nobodyStrayed'], bounds: { strays: 1 }, breaks: 'I6' },
];

/**
 * Guards that no invariant of this model needs. The deadline bounds the fence's duration, and the model has no durations: the
 * epoch makes an overdue flip safe. The status in the fence's transaction only prevents a useless fence: a rollback changes the
 * route, at least its lease, before it relies on it, so a late fence fails by the epoch. Every shard of this model has a
 * sentinel, so a change by a late call is journalled. Without the touched key it is taken for a foreign write, and the
 * migration is rolled back. The journal's model has the shard that needs the guard.
 */
export const UNNEEDED: readonly (readonly [Guard, Partial<Bounds>])[] = [
  ['flipTime', { writes: 1, crashes: 1 }],
  ['fenceComparesStatus', { writes: 1, crashes: 1, cancels: 1 }],
  ['touchedIsCompared', { writes: 1, lateCalls: 1, cancels: 1 }],
];
