import { isClosed } from '../../functions/migration/life-cycle.ts';
import { disarm } from '../../functions/migration/route/route.ts';
import { advanced } from './copier.ts';
import { nameOf } from './invariants.ts';
import {
  type Act,
  type At,
  attempted,
  begin,
  endStep,
  fail,
  goOn,
  moveOf,
  reads,
  retry,
  transition,
} from './move.ts';
import { ABSENT, broken, MIGRATION, put, type State } from './state.ts';
import type { Step } from './steps.ts';

/** The migration stops for an operator, because a process wrote to the source. The resolution is outside this model. */
export const stops = (at: At, state: State = at.state): State => ({
  ...fail(at, state),
  stopped: state.strayed,
});

const compareKept: Act = (at) =>
  begin(at, () => {
    const { state } = at;
    const { values, entries, kept } = state;
    if (kept !== undefined || state.migration.status === 'cleaningUp')
      return [moveOf(at, 'finds it compared', endStep(at, 'VerifyKeptSegment'))];
    // a worker of an abandoned rollback may still write to the source
    if (state.migration.rollbackStoppedIn !== undefined && !writersAreOut(at)) return [];
    // a change may still be in the stream: the journal is read again
    if (values.source !== values.target && entries.target === 0)
      return state.streams.target.length > 0
        ? []
        : [moveOf(at, 'finds a difference that nothing explains, and stops', stops(at))];
    const compared = { ...state, kept: values.source, flippedValue: state.flippedValue ?? values.source };
    return [
      moveOf(
        at,
        'finds the target as the kept source',
        endStep(at, 'VerifyKeptSegment', { state: compared }),
      ),
    ];
  });

/** True if no worker of the rollback can write to the source any more, and no call of one is under way. */
const writersAreOut = ({ state, guards }: At): boolean =>
  guards.writersAreGone(state) && guards.lateCallsAreOut(state);

const verifyKept: Act = (at) =>
  begin(at, () => {
    const { state, guards } = at;
    if (!guards.stepWaitsForResume(state) || !guards.holdIsOver(state)) return [];
    const keptAfterHold = state.migration.status === 'cleaningUp' ? state.keptAfterHold : state.values.source;
    return [
      moveOf(
        at,
        'the hold is over; reads the source again',
        endStep(at, 'ConcludeKeptSource', { state: { ...state, keptAfterHold } }),
      ),
    ];
  });

const conclude: Act = (at) =>
  begin(at, () => {
    const { state, guards } = at;
    if (state.migration.status === 'cleaningUp')
      return [moveOf(at, 'finds it concluded', endStep(at, 'CleanUpSegment'))];
    // a later rollback must find that the sides differ here
    const differs = state.values.source !== state.values.target && guards.stragglerIsRemembered();
    const target = differs ? state.given : state.entries.target;
    const noted: State = { ...state, entries: { source: 0, target }, given: state.given + 1 };
    if (!guards.nobodyStrayed(state.entries.source))
      return [moveOf(at, 'finds a straggler, and stops', stops(at, noted))];
    if (!guards.isAsKept(state.keptAfterHold, state.kept))
      return [moveOf(at, 'finds the source changed, and stops', stops(at))];
    return [moveOf(at, 'finds the source as it was', goOn(at, 'ConcludeKeptSource/commit', reads(state)))];
  });

const concludes: Act = (at) => {
  const { state, worker, guards } = at;
  const isAsRead = guards.cleanUpComparesStatus(state, worker);
  const isForced = isAsRead && state.migration.status !== worker.status;
  const done = attempted(() => transition(state, isAsRead, isForced ? state.migration.status : 'cleaningUp'));
  return [
    done
      ? moveOf(at, 'the source may go', endStep(at, 'CleanUpSegment', { state: done }))
      : moveOf(
          at,
          'finds the migration moved on',
          // a leftover worker has completed the migration: six retries meet that, and the execution fails
          isClosed(state.migration.status) ? fail(at) : retry(at),
        ),
  ];
};

const cleanUp: Act = (at) =>
  begin(at, () => {
    const { state, guards } = at;
    const { values, keptAfterHold, deletable } = state;
    if (!guards.stepWaitsForResume(state)) return [];
    if (state.migration.paused)
      return [
        moveOf(at, 'begins to delete', broken(state, 'operator', 'the source goes while it is paused')),
      ];
    if (deletable !== undefined) return [moveOf(at, 'knows what may go', goOn(at, 'CleanUpSegment/delete'))];
    if (!guards.isAsKept(values.source, keptAfterHold))
      return [moveOf(at, 'finds the source changed, and stops', stops(at))];
    return [
      moveOf(
        at,
        `notes that ${nameOf(values.source)} may go`,
        goOn(at, 'CleanUpSegment/delete', {}, { ...state, deletable: values.source }),
      ),
    ];
  });

/** Reads and deletes an item in one step, since a write in between would be past every lease. */
const deletes: Act = (at) => {
  const { state, guards } = at;
  const { values, flippedValue, migration, holdOver, kept } = state;
  if (values.source === ABSENT) return [moveOf(at, 'finds nothing', endStep(at, 'CloseReport'))];
  if (!guards.isAsKept(values.source, state.deletable))
    return [moveOf(at, 'finds an item that was not verified, and stops', stops(at))];
  const gone = put(state, 'source', ABSENT);
  const does = `deletes ${nameOf(values.source)} from the source`;
  const wrong =
    migration.status === 'rollingBack' || migration.reverseFlippedAt !== undefined
      ? 'the source is deleted although the migration goes back'
      : !holdOver || kept === undefined
        ? 'the source is deleted before the hold is over and the target verified'
        : values.source !== flippedValue
          ? 'what is deleted from the source was never flipped'
          : undefined;
  return [moveOf(at, does, wrong ? broken(gone, 'I6', wrong) : endStep(at, 'CloseReport', { state: gone }))];
};

/** Models `endCapture`; the journal is cleared afterwards. */
const disarms =
  (clear: Step): Act =>
  (at) =>
    begin(at, () => {
      const route = disarm(at.state.route, { migrationId: MIGRATION });
      return [moveOf(at, 'disarms capture', goOn(at, clear, {}, { ...at.state, route }))];
    });

const clears =
  (end: Step): Act =>
  (at) => [
    moveOf(
      at,
      'clears the journal',
      goOn(
        at,
        end,
        {},
        { ...at.state, entries: { source: 0, target: 0 }, sentinels: { source: 0, target: 0 } },
      ),
    ),
  ];

const completes: Act = (at) => {
  const done = advanced(at.state, 'completed');
  return [moveOf(at, 'the migration is complete', fail(at, { ...done, partitionClaimed: false }))];
};

const rollsBack: Act = (at) => {
  const { state } = at;
  const { migration } = state;
  if (!at.guards.closeAwaitsLateCalls(state)) return [];
  const over: State = { ...state, partitionClaimed: false, migration: { ...migration, locked: false } };
  if (isClosed(migration.status)) return [moveOf(at, 'finds it closed', fail(at, over))];
  const to = migration.reverseFlippedAt === undefined && migration.cancellation ? 'cancelled' : 'rolledBack';
  const done = attempted(() => transition(over, true, to));
  return [
    done
      ? moveOf(at, 'gives the lock back: all is as before', fail(at, done))
      : moveOf(at, 'finds the migration moved on', retry(at)),
  ];
};

export const cleaningUp = {
  CompareKeptSegment: compareKept,
  VerifyKeptSegment: verifyKept,
  ConcludeKeptSource: conclude,
  'ConcludeKeptSource/commit': concludes,
  CleanUpSegment: cleanUp,
  'CleanUpSegment/delete': deletes,
  CloseReport: disarms('CloseReport/clear'),
  'CloseReport/clear': clears('CloseReport/end'),
  'CloseReport/end': completes,
  CloseRollback: disarms('CloseRollback/clear'),
  'CloseRollback/clear': clears('CloseRollback/end'),
  'CloseRollback/end': rollsBack,
} satisfies Partial<Record<Step, Act>>;
