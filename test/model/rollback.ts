import { isClosed, isFlipped } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { reopen, withLease } from '../../functions/migration/route/route.ts';
import { placeSentinel } from './capture.ts';
import type { Guards } from './guards.ts';
import { nameOf } from './invariants.ts';
import { unanswered } from './late-call.ts';
import { type Act, attempted, begin, endStep, fail, goOn, moveOf, transition } from './move.ts';
import { ABSENT, DISCARDS, decisionOn, LONG_MS, MIGRATION, put, SENTINEL, type State } from './state.ts';
import type { Step } from './steps.ts';

const MINE = 1 << DISCARDS;

const decideRollback: Act = (at) =>
  begin(at, () => {
    const { state, guards } = at;
    const { migration, route } = state;
    if (isClosed(migration.status)) return [moveOf(at, 'finds it closed', fail(at))];
    if (isFlipped(migration.status)) return [moveOf(at, 'finds it flipped: only forward', fail(at))];
    if (migration.status === 'rollingBack') {
      return guards.wayFollowsRoute(route)
        ? [
            moveOf(
              at,
              'the tenant lives on the target: back with all that was written',
              endStep(at, 'CatchUp', { direction: 'reverse' }),
            ),
          ]
        : [
            moveOf(
              at,
              'the tenant lives on the source',
              endStep(at, 'ReopenWrites', { direction: 'reverse' }),
            ),
          ];
    }
    const done = attempted(() => transition(state, true, 'rollingBack'));
    return [
      done
        ? moveOf(
            at,
            'goes back from here on',
            endStep(at, 'ReopenWrites', { state: done, direction: 'reverse' }),
          )
        : moveOf(at, 'may not go back', fail(at)),
    ];
  });

const reopenWrites: Act = (at) =>
  begin(at, () => {
    const { route, migration } = at.state;
    const reopened = reopen(route, { migrationId: MIGRATION, leaseMs: LONG_MS });
    const open = migration.locked ? withLease(reopened, LONG_MS) : reopened;
    if (open === route) return [moveOf(at, 'finds writes open', endStep(at, 'AwaitWorkers'))];
    const opened = { ...at.state, route: open, overdue: false };
    return [
      moveOf(at, 'opens the source, with a long lease', endStep(at, 'AwaitWorkers', { state: opened })),
    ];
  });

const awaitWorkers: Act = (at) =>
  begin(at, () =>
    at.guards.writersAreGone(at.state) && at.guards.discardAwaitsLateCalls(at.state)
      ? [moveOf(at, 'sees that no worker writes the target', endStep(at, 'DiscardTarget'))]
      : [],
  );

const discardTarget: Act = (at) =>
  begin(at, () => {
    const { state, guards } = at;
    if (!state.partitionClaimed) return [moveOf(at, 'has nothing to discard', endStep(at, 'CloseRollback'))];
    if (!guards.targetIsNotLive(state.route))
      return [moveOf(at, 'finds the target live, and stops', fail(at))];
    // read before both sides are
    const isWhole = (state.sentinels.source & MINE) !== 0;
    const isPlaced = isWhole || state.streams.source.includes(SENTINEL + DISCARDS);
    const placed = isPlaced ? state : placeSentinel(state, ['source'], DISCARDS);
    const does = isWhole ? 'may discard the target; its sentinel is back' : 'may discard the target';
    return [moveOf(at, does, goOn(at, 'DiscardTarget/look', { seen: isWhole ? 1 : 0 }, placed))];
  });

/**
 * Models `discard`: deletes items that the source has too, or has changed since. Any other item is foreign if a sentinel that
 * was put after the source was read has come through capture, and the key still has no entry.
 */
const polls: Act = (at) => {
  const { state, guards, worker } = at;
  const { values, entries, sentinels, streams } = state;
  if (values.target === ABSENT)
    return [moveOf(at, 'finds nothing in the target', endStep(at, 'CloseRollback'))];
  const isOurs =
    decisionOn(values.source, values.target) === 'same' ||
    entries.source !== 0 ||
    guards.touchedIsOurs(state);
  const later = moveOf(at, 'is busy with other keys, and comes back', endStep(at, 'DiscardTarget'));
  if (isOurs)
    return [
      moveOf(
        at,
        `finds that ${nameOf(values.target)} in the target is ours`,
        goOn(at, 'DiscardTarget/delete'),
      ),
      later,
    ];
  const hasReturned = (sentinels.source & MINE) !== 0;
  const isProved = worker.from === values.source && hasReturned;
  if (worker.seen === 1 && guards.foreignIsProved(isProved))
    return [
      moveOf(
        at,
        `takes ${nameOf(values.target)} in the target for a foreign write, and leaves it`,
        endStep(at, 'CloseRollback'),
      ),
    ];
  const isUnderWay = hasReturned || streams.source.includes(SENTINEL + DISCARDS);
  if (isUnderWay && worker.from === values.source)
    return hasReturned && worker.seen !== 1
      ? [moveOf(at, 'has its sentinel back', goOn(at, 'DiscardTarget/look', { seen: 1 }))]
      : [];
  const placed = placeSentinel(state, ['source'], DISCARDS);
  return [
    moveOf(
      at,
      'does not know whose it is: places a sentinel',
      goOn(at, 'DiscardTarget/look', { from: values.source, seen: 0 }, placed),
    ),
  ];
};

const discards: Act = (at) => {
  const { state, guards } = at;
  if (!guards.fencedReadsAreOver(state)) return [];
  return [
    moveOf(
      at,
      'deletes our copy from the target',
      endStep(at, 'CloseRollback', { state: put(state, 'target', ABSENT) }),
    ),
    ...unanswered(at, 'target', ABSENT, (late) => endStep(at, 'DiscardTarget', { state: late })),
  ];
};

/**
 * Models `stayOnTarget`: abandons the rollback before it has flipped. It may have written to the source, which is compared
 * with the target again. @returns undefined if the tenant lives on the source.
 */
export const staysOnTarget = (
  state: State,
  guards: Guards,
  change: Partial<Migration> = {},
): State | undefined => {
  const { route, migration } = state;
  if (migration.status !== 'rollingBack' || !guards.stayFollowsRoute(route)) return undefined;
  const open = withLease(reopen(route, { migrationId: MIGRATION, leaseMs: LONG_MS }), LONG_MS);
  const stopped = { cancellation: undefined, longLeasesOutAt: undefined, rollbackStoppedIn: 1 };
  const held = attempted(() =>
    transition(state, true, 'holding', { ...change, ...stopped }, { isCurrent: true, to: open }),
  );
  return (
    held && { ...held, overdue: false, kept: undefined, keptAfterHold: undefined, flippedValue: undefined }
  );
};

export const rollingBack = {
  DecideRollback: decideRollback,
  ReopenWrites: reopenWrites,
  AwaitWorkers: awaitWorkers,
  DiscardTarget: discardTarget,
  'DiscardTarget/look': polls,
  'DiscardTarget/delete': discards,
} satisfies Partial<Record<Step, Act>>;
