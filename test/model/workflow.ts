import { isClosed, isFlipped, mayChange } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { cleaningUp } from './clean-up.ts';
import { copying } from './copier.ts';
import { cuttingOver } from './cut-over.ts';
import type { Guards } from './guards.ts';
import { type Act, attempted, type Move, type Process, transition } from './move.ts';
import { rollingBack, staysOnTarget } from './rollback.ts';
import { DISCARDS, SENTINEL, type State, type Worker, withMigration } from './state.ts';
import { beginningOf, isMidStep, type Step } from './steps.ts';

const ACTS: Readonly<Record<Step, Act>> = { ...copying, ...cuttingOver, ...cleaningUp, ...rollingBack };

const workerIn =
  (slot: 0 | 1): Process =>
  (state, guards) => {
    const worker = state.workers[slot];
    return worker ? ACTS[worker.step]({ state, slot, worker, guards }) : [];
  };

/**
 * The claim of a worker that counts as dead ends. A live worker renews its claim. A worker that sleeps past the end of its
 * claim, while another takes it, is the one that counts as dead.
 */
const claimEnds: Process = (state) =>
  state.claim === 'none' || (state.claim === 0 && state.running)
    ? []
    : [{ who: 'time', does: 'the claim runs out', to: { ...state, claim: 'none' } }];

/** Makes the current attempt's worker the leftover one, in place of an earlier leftover worker. */
const leaveOver = (state: State): State => {
  const [current, before] = state.workers;
  if (current === undefined || !isMidStep(current.step))
    return { ...state, workers: [undefined, before], claim: state.claim === 0 ? 'gone' : state.claim };
  const claim = state.claim === 0 ? 1 : state.claim === 1 ? 'gone' : state.claim;
  return { ...state, workers: [undefined, current], claim };
};

const crashes: Process = (state) => {
  const { left, running, workers } = state;
  const [current] = workers;
  if (left.crashes === 0 || !running || !current) return [];
  const fewer = { ...state, left: { ...left, crashes: left.crashes - 1 } };
  const who = `workflow (attempt ${current.attempt})`;
  const stands = `in ${current.step}`;
  const kept = isMidStep(current.step) ? current : undefined;
  const dead: State = {
    ...fewer,
    running: false,
    workers: [kept, workers[1]],
    claim: kept === undefined && state.claim === 0 ? 'gone' : state.claim,
  };
  const caught = caughtIn(current.step);
  const failed: State = {
    ...fewer,
    running: caught !== undefined,
    workers: [caught && { step: caught, attempt: current.attempt, direction: current.direction }, workers[1]],
    claim: state.claim === 0 ? 'none' : state.claim,
  };
  const moves: Move[] = [
    { who, does: `dies ${stands}${kept ? '; its worker may live on' : ''}`, to: dead },
    { who, does: `fails for good ${stands}`, to: failed },
  ];
  if (kept) {
    const again: Worker = { step: beginningOf(kept.step), attempt: kept.attempt, direction: kept.direction };
    const left = leaveOver(fewer);
    moves.push({
      who,
      does: `takes its worker ${stands} for dead, and begins the step again`,
      to: { ...left, workers: [again, left.workers[1]] },
    });
  }
  return moves;
};

/** Returns the target of the state machine's Catch: the rollback before the flip; undefined after it and within the rollback. */
const caughtIn = (step: Step): Step | undefined =>
  step in cleaningUp || step in rollingBack ? undefined : 'DecideRollback';

const startedAt = (state: State, step: Step): State => {
  const { workers, ...rest } = placedAnew(leaveOver(state));
  const worker: Worker = { step, attempt: state.migration.attempt, direction: 'forward' };
  return { ...rest, workers: [worker, workers[1]], running: true };
};

/** Puts a discard's sentinel. It contains the attempt, so an earlier one proves nothing. */
const placedAnew = (state: State): State => ({
  ...state,
  streams: {
    ...state.streams,
    source: state.streams.source.filter((record) => record !== SENTINEL + DISCARDS),
  },
  sentinels: { ...state.sentinels, source: state.sentinels.source & ~(1 << DISCARDS) },
});

const positionOf = ({ status }: State['migration']): Step => {
  if (status === 'rollingBack') return 'DecideRollback';
  return isFlipped(status) ? 'CompareKeptSegment' : 'ArmSourceCapture';
};

/** Retries, cancels, pauses, resumes, rolls back and abandons. */
const operator: Process = (state, guards) => {
  const { migration, running, left } = state;
  const moves: Move[] = [];
  const say = (does: string, to: State | undefined) => {
    if (to) moves.push({ who: 'operator', does, to });
  };
  const next = { attempt: migration.attempt + 1 };
  if (!running && !state.stopped && !isClosed(migration.status)) {
    const again = withMigration(state, next);
    say('retries the migration', startedAt(again, positionOf(migration)));
  }
  if (!running && left.restarts > 0 && ['rolledBack', 'failed'].includes(migration.status))
    say('does what was rolled back again, as a new migration', restarted(state, guards));
  if (left.cancels > 0 && !isClosed(migration.status) && !isFlipped(migration.status)) {
    const noted = { ...state, left: { ...left, cancels: left.cancels - 1 } };
    const change = endsPause(state, guards, 'cancelled');
    say(
      'cancels the migration',
      running
        ? withMigration(noted, change)
        : startedAt(withMigration(noted, { ...change, ...next }), 'DecideRollback'),
    );
  }
  if (left.rollbacks > 0 && guards.sourceIsKept(migration.status) && isFlipped(migration.status)) {
    const noted = { ...state, left: { ...left, rollbacks: left.rollbacks - 1 } };
    const change = { ...next, ...endsPause(state, guards, 'rollback'), longLeasesOutAt: undefined };
    const reversed = mayChange(migration.status, 'rollingBack')
      ? attempted(() => transition(noted, true, 'rollingBack', change))
      : withMigration(noted, { ...change, status: 'rollingBack' });
    say('takes the tenant back', reversed && startedAt(reversed, 'DecideRollback'));
  }
  if (left.abandons > 0 && migration.status === 'rollingBack') {
    const noted = { ...state, left: { ...left, abandons: left.abandons - 1 } };
    const held = staysOnTarget(noted, guards, next);
    say('abandons the rollback', held && startedAt(held, 'CompareKeptSegment'));
  }
  if (left.pauses > 0 && mayPause(migration)) {
    const noted = { ...state, left: { ...left, pauses: left.pauses - 1 } };
    say('pauses the migration', withMigration(noted, { paused: true }));
  }
  // an operator who has requested a cancel or rollback since does not resume
  if (migration.paused && !migration.cancellation?.endedPause)
    say('resumes the migration', withMigration(state, { paused: false }));
  return moves;
};

/** Models `pauseMigration`: a rollback that only undoes cannot be paused. */
const mayPause = ({ status, paused, flippedAt, reverseFlippedAt }: State['migration']): boolean => {
  const onlyUndoes = status === 'rollingBack' && (flippedAt === undefined || reverseFlippedAt !== undefined);
  return !paused && !isClosed(status) && !onlyUndoes;
};

/** Models `requestRollbackChange`: the request takes effect even if the migration is paused. */
const endsPause = ({ migration }: State, guards: Guards, reason: string): Partial<Migration> => {
  const cancellation = { by: 'operator', reason };
  if (guards.requestEndsPause()) return { cancellation, paused: false };
  return { cancellation: migration.paused ? { ...cancellation, endedPause: true } : cancellation };
};

/**
 * Models a retry as a new migration, which is planned and has the lock already. Leftover workers of the old one cannot affect
 * it. Their calls are conditional on the old one's closed record, or name its lock, journal, fence or capture. None of them has
 * a claim any more (`nothingLeft`).
 */
const restarted = (state: State, guards: Guards): State => {
  const { left } = state;
  const anew = withMigration(
    { ...state, left: { ...left, restarts: left.restarts - 1 } },
    {
      status: 'provisioning',
      attempt: state.migration.attempt + 1,
      cancellation: undefined,
      longLeasesOutAt: undefined,
      flippedAt: undefined,
      reverseFlippedAt: undefined,
      rollbackStoppedIn: undefined,
      locked: true,
    },
  );
  return startedAt(
    {
      ...anew,
      ...(guards.againIsAnother() ? { workers: [undefined, undefined] as const } : {}),
      copied: false,
      holdOver: false,
      kept: undefined,
      keptAfterHold: undefined,
      deletable: undefined,
      flippedValue: undefined,
    },
    'ArmSourceCapture',
  );
};

/** The hold ends. It is longer than any lease by which a process may still read the source, and than any delay of capture. */
const holdEnds: Process = (state) => {
  const { migration, holdOver, fencedRead, streams } = state;
  if (migration.status !== 'holding' || holdOver || fencedRead || streams.source.length > 0) return [];
  return [{ who: 'time', does: 'the hold is over', to: { ...state, holdOver: true } }];
};

export const workflow: readonly Process[] = [
  workerIn(0),
  workerIn(1),
  claimEnds,
  crashes,
  operator,
  holdEnds,
];

/** True if the migration has ended, and no execution of it runs. */
export const isOver = ({ migration, running, stopped }: State): boolean =>
  !running && (stopped || isClosed(migration.status));
