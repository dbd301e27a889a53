import type { Guards } from './guards.ts';
import { released, SENTINEL, type State, sidesOf, type Worker, withWorker } from './state.ts';
import type { Step } from './steps.ts';

/**
 * Removes parts of the state that have no effect any more, so that fewer states differ. A leftover worker that cannot act is
 * removed: an ended attempt stays ended, a changed route does not return, and a lost claim is not given again within a step.
 * Without a guard these may not hold, so the guards are called.
 */
export const withoutTheIdle = (state: State, guards: Guards): State =>
  withoutOldReadings(
    withoutOldSentinels(withoutIdleWatch(withoutIdleWorkers(state, guards), guards), guards),
  );

/** Removes readings of the kept source, which a rollback does not use, unless a leftover worker of the clean-up needs them. */
const withoutOldReadings = (state: State): State => {
  if (state.migration.status !== 'rollingBack' || state.flippedValue === undefined) return state;
  const isCleaningUp = state.workers.some((worker) => worker && CLEANS_UP.test(worker.step));
  if (isCleaningUp) return state;
  return { ...state, kept: undefined, keptAfterHold: undefined, flippedValue: undefined, holdOver: false };
};
const CLEANS_UP = /^(ConcludeKeptSource|CleanUpSegment)/;

const SLOTS = [0, 1] as const;

const withoutIdleWorkers = (state: State, guards: Guards): State => {
  let rest = state;
  for (const slot of SLOTS) {
    const worker = rest.workers[slot];
    if (!worker || (slot === 0 && rest.running)) continue;
    const future = futureOf(rest, slot, worker, guards);
    if (future === 'none') rest = withWorker(released(rest, slot), slot, undefined);
    else if (future === 'opensAgain') rest = withWorker(rest, slot, opening(worker));
  }
  return rest;
};

/** Reduces a worker that can only reopen writes. Its reason matters only to later steps, which a leftover worker does not take. */
const opening = ({ attempt, direction }: Worker): Worker => ({
  step: 'CutOver/reopen',
  attempt,
  direction,
  reason: 'retry',
});

/** Returns what a leftover worker can still do: some action, only reopen writes after a cutover, or nothing. */
const futureOf = (
  state: State,
  slot: 0 | 1,
  worker: Worker,
  guards: Guards,
): 'some' | 'opensAgain' | 'none' => {
  const { route, migration } = state;
  const { step, read, statusAttempt, direction, token = 0, from, to } = worker;
  const isOver = statusAttempt !== undefined && statusAttempt !== migration.attempt;
  const isPast = read !== undefined && read.epoch !== route.epoch;
  const hasRight = guards.holdsClaim(state, slot);
  const mayRemove =
    guards.tokenIsUnchanged(state.entries[sidesOf(direction).from], token) &&
    (step.endsWith('/from') || step.endsWith('/to') || guards.sidesWereTheSame(from === to));
  const nothingIf = (isNothing: boolean) => (isNothing ? 'none' : 'some');
  const openingIf = (isOpening: boolean) => (isOpening ? 'opensAgain' : 'some');
  switch (step) {
    case 'ArmSourceCapture/commit':
    case 'ArmTargetCapture/commit':
      return nothingIf(isPast || (isOver && !guards.armComparesStatus(state, worker)));
    case 'ShortenLease/commit':
      return nothingIf(isPast || isOver);
    case 'ShortenLease/count':
      return nothingIf(worker.attempt !== migration.attempt);
    case 'CopySegment/claim':
      return nothingIf(isOver && !guards.claimComparesStatus(state, worker));
    case 'CutOver/fence':
      return nothingIf(isPast || (isOver && !guards.fenceComparesStatus(state, worker)));
    case 'CopySegment/read':
    case 'CopySegment/write':
    case 'CatchUp/write':
    case 'CatchUp/look':
      return nothingIf(!hasRight);
    case 'CatchUp/from':
    case 'CatchUp/to':
    case 'CatchUp/act':
      return nothingIf(!hasRight && !mayRemove);
    case 'CutOver/waitOut':
    case 'CutOver/look':
    case 'CutOver/write':
      return openingIf(!hasRight);
    case 'CutOver/from':
    case 'CutOver/to':
    case 'CutOver/act':
      return openingIf(!hasRight && !mayRemove);
    case 'CutOver/flip':
    case 'CutOver/commit':
      return openingIf(
        !guards.notCancelled(state, direction) ||
          (read !== undefined &&
            ((isPast && !guards.flipComparesEpoch(route, read)) ||
              (isOver && !guards.flipComparesStatus(state, worker)))),
      );
    case 'CutOver/reopen':
      return openingIf(true);
    case 'ConcludeKeptSource/commit':
      return nothingIf(isOver && !guards.cleanUpComparesStatus(state, worker));
    default:
      return 'some';
  }
};

/** Resets a watchdog whose route has changed since it was read: it reads again. */
const withoutIdleWatch = (state: State, guards: Guards): State => {
  const { read } = state.watchdog;
  const observed =
    read && !guards.watchdogComparesEpoch(state.route, read) ? { ...state, watchdog: { on: true } } : state;
  const swept = state.sweep?.read;
  return swept && !guards.sweepComparesEpoch(state.route, swept) ? { ...observed, sweep: {} } : observed;
};

/** Removes sentinels that no worker waits for. They prove nothing, since each try has its own. */
const withoutOldSentinels = (state: State, guards: Guards): State => {
  let waited = state.workers.some((worker) => worker?.step.startsWith('DiscardTarget')) ? 1 << 2 : 0;
  for (const slot of SLOTS) {
    const worker = state.workers[slot];
    if (!worker?.read || !DRAINS.has(worker.step)) continue;
    if (worker.read.epoch === state.route.epoch || guards.flipComparesEpoch(state.route, worker.read))
      waited |= 1 << slot;
  }
  const { source, target } = state.sentinels;
  const isWaited = (record: number) => record < SENTINEL || (waited & (1 << (record - SENTINEL))) !== 0;
  const { streams } = state;
  if (streams.source.every(isWaited) && streams.target.every(isWaited) && !((source | target) & ~waited))
    return state;
  return {
    ...state,
    streams: { source: streams.source.filter(isWaited), target: streams.target.filter(isWaited) },
    sentinels: { source: source & waited, target: target & waited },
  };
};

const DRAINS: ReadonlySet<Step> = new Set<Step>([
  'CutOver/look',
  'CutOver/from',
  'CutOver/to',
  'CutOver/act',
  'CutOver/write',
]);
