import type { Guards } from './guards.ts';
import { released, SENTINEL, type State, sidesOf, type Worker, withWorker } from './state.ts';
import type { Step } from './steps.ts';

/**
 * What makes no difference any more is left out, so that fewer states are different. Who is left over and can't do
 * anything any more is forgotten: an attempt that is over stays so, a route that has moved doesn't come back, and a right
 * that was lost isn't given again within a step. With a guard taken away they can, so the guards are asked.
 */
export const withoutTheIdle = (state: State, guards: Guards): State =>
  withoutOldReadings(
    withoutOldSentinels(withoutIdleWatch(withoutIdleWorkers(state, guards), guards), guards),
  );

/** What was read of the kept source is of no use on the way back, but to a worker of the clean-up that is left over. */
const withoutOldReadings = (state: State): State => {
  if (state.migration.status !== 'rollingBack' || state.flippedValue === undefined) return state;
  const isCleaningUp = state.workers.some((worker) => worker && CLEANS_UP.test(worker.step));
  if (isCleaningUp) return state;
  return { ...state, kept: undefined, frozen: undefined, flippedValue: undefined, holdOver: false };
};
const CLEANS_UP = /^(ConcludeFrozenSource|CleanUpSegment)/;

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

/** Why it does so makes a difference only for the steps after, which nobody who is left over takes. */
const opening = ({ attempt, direction }: Worker): Worker => ({
  step: 'CutOver/openAgain',
  attempt,
  direction,
  why: 'retry',
});

/** What a left-over worker may still do: something, open writes again after a cutover, or nothing. */
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
    guards.tokenIsUnchanged(state.marks[sidesOf(direction).from], token) &&
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
    case 'CutOver/openAgain':
      return openingIf(true);
    case 'ConcludeFrozenSource/commit':
      return nothingIf(isOver && !guards.cleanUpComparesStatus(state, worker));
    default:
      return 'some';
  }
};

/** A watchdog that has read a route which has changed since looks again. */
const withoutIdleWatch = (state: State, guards: Guards): State => {
  const { read } = state.watchdog;
  const looked =
    read && !guards.watchdogComparesEpoch(state.route, read) ? { ...state, watchdog: { on: true } } : state;
  const swept = state.sweep?.read;
  return swept && !guards.sweepComparesEpoch(state.route, swept) ? { ...looked, sweep: {} } : looked;
};

/** A sentinel that nobody waits for proves nothing: each try has its own. */
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
