import { isAhead, type Status } from '../../functions/migration/life-cycle.ts';
import { arm, type Side } from '../../functions/migration/route/route.ts';
import { nameOf } from './invariants.ts';
import { unanswered } from './late-call.ts';
import {
  type Act,
  type At,
  attempted,
  begin,
  endStep,
  goOn,
  moveOf,
  reads,
  retry,
  transition,
} from './move.ts';
import { ABSENT, MIGRATION, put, type State, TABLES } from './state.ts';
import type { Step } from './steps.ts';

/** Models `advance`: a repeated step never moves the status backwards. */
export const advanced = (state: State, to: Status): State =>
  isAhead(state.migration.status, to) ? transition(state, true, to) : state;

const armBegins =
  (side: Side, next: Step, mayLeaveOut = true): Act =>
  (at) =>
    begin(at, () => {
      const { state, guards } = at;
      const isLate = !guards.sourceIsArmedFirst();
      const isLeftOut = side === 'source' ? isLate : !guards.targetIsArmed();
      if (side === 'target' && isLate && !state.route.capture)
        return armBegins('source', 'ArmTargetCapture', false)(at);
      if (isLeftOut && mayLeaveOut) return [moveOf(at, 'is left out', endStep(at, next))];
      const armed = attempted(() => arm(state.route, { migrationId: MIGRATION, side, table: TABLES[side] }));
      if (!armed) return [moveOf(at, 'finds capture armed for others', endStep(at, 'DecideRollback'))];
      if (armed === state.route) return [moveOf(at, 'finds capture armed', endStep(at, next))];
      const commit: Step = side === 'source' ? 'ArmSourceCapture/commit' : 'ArmTargetCapture/commit';
      return [
        moveOf(
          at,
          'reads migration and route',
          goOn(at, commit, { ...reads(state), read: state.route, next: armed }),
        ),
      ];
    });

const armCommits =
  (side: Side, next: Step): Act =>
  (at) => {
    const { state, worker, guards } = at;
    const { read, next: to } = worker;
    if (!read || !to) return [];
    const isCurrent = read.epoch === state.route.epoch;
    const done = attempted(() =>
      transition(
        state,
        guards.armComparesStatus(state, worker),
        state.migration.status,
        {},
        { isCurrent, to },
      ),
    );
    return [
      done
        ? moveOf(
            at,
            `arms capture on the ${side}`,
            endStep(at, state.copied && side === 'source' ? 'ArmTargetCapture' : next, { state: done }),
          )
        : moveOf(at, 'finds route or migration changed', retry(at)),
    ];
  };

const claimPartition: Act = (at) =>
  begin(at, () => {
    const { state } = at;
    if (!state.partitionClaimed && state.values.target !== ABSENT)
      return [moveOf(at, 'finds the target partition not empty', endStep(at, 'DecideRollback'))];
    const claimed = advanced({ ...state, partitionClaimed: true }, 'copying');
    return [moveOf(at, 'sees the target partition empty', endStep(at, 'CopySegment', { state: claimed }))];
  });

/** Models `segments.claim` and `appliers.claim`: takes a claim in one transaction with a check of status and attempt. */
export const claimed = (at: At): State | undefined => {
  const { state, slot, guards } = at;
  if (!guards.claimIsFree(state)) return undefined;
  return { ...state, claim: state.claim === 'none' || state.claim === slot ? slot : 'both' };
};

const copyBegins: Act = (at) =>
  begin(at, () => {
    const { state } = at;
    if (state.copied) return [moveOf(at, 'finds it copied', endStep(at, 'ConcludeCopy'))];
    if (!at.guards.stepWaitsForResume(state)) return [];
    return [moveOf(at, 'reads the migration', goOn(at, 'CopySegment/claim', reads(state)))];
  });

const copyClaims: Act = (at) => {
  const { state, worker, guards } = at;
  if (!guards.claimComparesStatus(state, worker))
    return [moveOf(at, 'finds the migration moved on', retry(at))];
  const taken = claimed(at);
  return taken ? [moveOf(at, 'takes the claim', goOn(at, 'CopySegment/read', {}, taken))] : [];
};

const copyReads: Act = (at) => {
  const from = at.state.values.source;
  return [moveOf(at, `reads ${nameOf(from)} from the source`, goOn(at, 'CopySegment/write', { from }))];
};

const copyWrites: Act = (at) => {
  const { state, worker, slot, guards } = at;
  if (!guards.holdsClaim(state, slot)) return [moveOf(at, 'finds its claim over', retry(at))];
  const { from = ABSENT } = worker;
  const written = from === ABSENT ? state : put(state, 'target', from);
  return [
    moveOf(
      at,
      from === ABSENT ? 'has nothing to put' : `puts ${nameOf(from)} into the target`,
      endStep(at, 'ConcludeCopy', { state: { ...written, copied: true } }),
    ),
    ...unanswered(at, 'target', from, (late) => retry(at, late)),
  ];
};

const concludeCopy: Act = (at) =>
  begin(at, () => [
    moveOf(
      at,
      'every segment is copied',
      endStep(at, 'ArmTargetCapture', { state: advanced(at.state, 'catchingUp') }),
    ),
  ]);

export const copying = {
  ArmSourceCapture: armBegins('source', 'ClaimTargetPartition'),
  'ArmSourceCapture/commit': armCommits('source', 'ClaimTargetPartition'),
  ClaimTargetPartition: claimPartition,
  CopySegment: copyBegins,
  'CopySegment/claim': copyClaims,
  'CopySegment/read': copyReads,
  'CopySegment/write': copyWrites,
  ConcludeCopy: concludeCopy,
  ArmTargetCapture: armBegins('target', 'CatchUp'),
  'ArmTargetCapture/commit': armCommits('target', 'CatchUp'),
} satisfies Partial<globalThis.Record<Step, Act>>;
