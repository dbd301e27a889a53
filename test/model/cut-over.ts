import type { Status } from '../../functions/migration/life-cycle.ts';
import type { Direction } from '../../functions/migration/migration.ts';
import { epochMs } from '../../functions/migration/names.ts';
import { fence, flip, reopen, type Side, withLease } from '../../functions/migration/route/route.ts';
import { decides, othersDone, readsFrom, readsTo, retries, writes } from './apply.ts';
import { placeSentinel } from './capture.ts';
import { stops } from './clean-up.ts';
import { claimed } from './copier.ts';
import { nameOf } from './invariants.ts';
import {
  type Act,
  type At,
  attempted,
  begin,
  endStep,
  goOn,
  type Move,
  moveOf,
  reads,
  retry,
  transition,
} from './move.ts';
import { staysOnTarget } from './rollback.ts';
import {
  broken,
  DEADLINE,
  isOurs,
  LONG_MS,
  liveSide,
  MIGRATION,
  SHORT_MS,
  type State,
  sidesOf,
  TABLES,
  type Worker,
  withMigration,
  withWorker,
} from './state.ts';
import type { Step } from './steps.ts';

const statusIn = (direction: Direction, forward: Status): Status =>
  direction === 'forward' ? forward : 'rollingBack';
const afterFlip = (direction: Direction): Step =>
  direction === 'forward' ? 'CompareKeptSegment' : 'ReopenWrites';

const catchUp: Act = (at) =>
  begin(at, () => {
    const { state, worker } = at;
    if (worker.direction === 'forward' && state.migration.status === 'cuttingOver')
      return reopenAfter('CatchUp', 'CatchUp')(at);
    if (!at.guards.stepWaitsForResume(state)) return [];
    const moves = [moveOf(at, 'finds little left', endStep(at, 'ShortenLease'))];
    const { from, to } = sidesOf(worker.direction);
    const taken = state.entries[from] || state.entries[to] ? claimed(at) : undefined;
    if (taken) moves.push(moveOf(at, 'takes the claim to apply', goOn(at, 'CatchUp/look', {}, taken)));
    return moves;
  });

const catchUpPolls: Act = (at) => {
  const { worker } = at;
  const applied = othersDone(at, at.state);
  const token = applied.entries[sidesOf(worker.direction).from];
  return [
    token === 0
      ? moveOf(at, 'finds the journal empty', endStep(at, 'ShortenLease', { state: applied }))
      : moveOf(at, 'looks at the mark', goOn(at, 'CatchUp/from', { token }, applied)),
  ];
};

/** Models `shortenLease` and the start of the watchdog. */
const shortenLease: Act = (at) =>
  begin(at, () => {
    const { state, worker, guards } = at;
    const { route, migration } = state;
    const onward = {
      ...state,
      watchdog: guards.watchdogIsStarted() ? { ...state.watchdog, on: true } : state.watchdog,
    };
    if (liveSide(route) === sidesOf(worker.direction).to)
      return [moveOf(at, 'finds it flipped', endStep(at, 'CutOver', { state: onward }))];
    const isShort = route.leaseMs <= SHORT_MS;
    if (isShort && migration.longLeasesOutAt !== undefined) {
      if (!guards.longLeasesAreOut(state)) return [];
      return [
        moveOf(at, 'long leases are out; starts a watchdog', endStep(at, 'CutOver', { state: onward })),
      ];
    }
    const local = { ...reads(state), read: route };
    const counted = guards.leasesCountFromAfter() ? state : withLongLeasesCounted(state);
    return [moveOf(at, 'reads migration and route', goOn(at, 'ShortenLease/commit', local, counted))];
  });

const shortenLeaseCommits: Act = (at) => {
  const { state, slot, worker, guards } = at;
  const { read, attempt, direction } = worker;
  if (!read) return [];
  const countsAfter = guards.leasesCountFromAfter();
  const short = withLease(read, Math.min(read.leaseMs, SHORT_MS));
  const change = { longLeasesOutAt: countsAfter ? undefined : epochMs(1) };
  const route = { isCurrent: read.epoch === state.route.epoch, to: short };
  const isAsRead = isAsReadNow(state, worker);
  const done = attempted(() => transition(state, isAsRead, state.migration.status, change, route));
  if (!done) return [moveOf(at, 'finds route or migration changed', retry(at))];
  const next = countsAfter
    ? withWorker(done, slot, { step: 'ShortenLease/count', attempt, direction })
    : endStep(at, 'ShortenLease', { state: done });
  return [moveOf(at, 'shortens the lease', next)];
};

/** The update after the transaction: from now on, every long lease in use is waited out. */
const shortenLeaseCounts: Act = (at) => {
  const { state, worker } = at;
  if (worker.attempt !== state.migration.attempt) return [moveOf(at, 'finds its attempt over', retry(at))];
  const noted = withMigration(withLongLeasesCounted(state), { longLeasesOutAt: epochMs(1) });
  return [
    moveOf(at, 'notes from when on long leases are out', endStep(at, 'ShortenLease', { state: noted })),
  ];
};

const withLongLeasesCounted = (state: State): State => ({
  ...state,
  writers: state.writers.map((writer) =>
    writer.lease?.long ? { ...writer, lease: { ...writer.lease, beforeShortening: true } } : writer,
  ),
});

const withLeases = (state: State, change: { beforeFence: true }): State => {
  const writers = state.writers.map((writer) =>
    writer.lease ? { ...writer, lease: { ...writer.lease, ...change } } : writer,
  );
  return { ...state, writers };
};

const cutOver: Act = (at) =>
  begin(at, () => {
    const { state, worker } = at;
    const { direction } = worker;
    const { route } = state;
    if (!at.guards.stepWaitsForResume(state)) return [];
    if (liveSide(route) === sidesOf(direction).to)
      return [moveOf(at, 'finds it flipped', endStep(at, afterFlip(direction)))];
    // an earlier try left this fence, and a fence is never extended (I5)
    if (isOurs(route)) return reopenAfter('CatchUp', afterFlip(direction))(at);
    if (!at.guards.lateCallsAreOut(state)) return [];
    const taken = claimed(at);
    if (!taken) return [];
    const local = { ...reads(state), read: route };
    return [
      moveOf(at, 'reads migration and route, takes the claim', goOn(at, 'CutOver/fence', local, taken)),
    ];
  });

const cutOverFences: Act = (at) => {
  const { state, worker, guards } = at;
  const { direction, read } = worker;
  if (!read) return [];
  const source = TABLES[sidesOf(direction).from];
  const next = attempted(() => fence(read, { migrationId: MIGRATION, source, deadline: DEADLINE }));
  if (!next) return [moveOf(at, 'finds another live table', endStep(at, 'DecideRollback'))];
  const isAsRead = guards.fenceComparesStatus(state, worker);
  const to =
    isAsRead === isAsReadNow(state, worker) ? statusIn(direction, 'cuttingOver') : state.migration.status;
  const done = attempted(() =>
    transition(state, isAsRead, to, {}, { isCurrent: read.epoch === state.route.epoch, to: next }),
  );
  if (!done) return [moveOf(at, 'finds route or migration changed', retry(at))];
  const fenced = withLeases({ ...done, overdue: false }, { beforeFence: true });
  const local = { ...reads(fenced), read: next, seen: 0, token: 0 };
  return [moveOf(at, 'fences writes', goOn(at, 'CutOver/waitOut', local, fenced))];
};

const isAsReadNow = ({ migration }: State, { status, statusAttempt }: Worker): boolean =>
  migration.status === status && migration.attempt === statusAttempt;

/** The worker gives up, and forgets its readings. */
const gaveUp = (at: At, reason: Worker['reason'], state: State = at.state): State => {
  const { attempt, direction } = at.worker;
  return withWorker(state, at.slot, {
    step: 'CutOver/reopen',
    attempt,
    direction,
    ...(reason ? { reason } : {}),
  });
};

const cutOverWaits: Act = (at) => {
  const { state, slot, worker, guards } = at;
  const { read, direction } = worker;
  if (!guards.holdsClaim(state, slot)) return [moveOf(at, 'finds its claim over', gaveUp(at, 'retry'))];
  if (!read || !guards.leaseIsOut(state, read)) return [];
  const { from, to } = sidesOf(direction);
  const placed = placeSentinel(state, [from, to], slot);
  return [moveOf(at, 'leases are out; places sentinels on both sides', goOn(at, 'CutOver/look', {}, placed))];
};

/** True while the worker's own fence has time left. A fence that does not exist any more was reopened after its deadline. */
const hasTime = ({ overdue, route }: State, { read }: Worker): boolean =>
  !overdue && read?.epoch === route.epoch;

const cutOverReads: Act = (at) => {
  const { state, slot, worker, guards } = at;
  const { direction, seen = 0 } = worker;
  const { from, to } = sidesOf(direction);
  if (!guards.holdsClaim(state, slot)) return [moveOf(at, 'finds its claim over', gaveUp(at, 'retry'))];
  const moves: Move[] = hasTime(state, worker) ? [] : [moveOf(at, 'runs out of time', gaveUp(at, 'later'))];
  const mine = 1 << slot;
  const now = seen | (state.sentinels[from] & mine ? 1 : 0) | (state.sentinels[to] & mine ? 2 : 0);
  // uses the state before the read, so that the journal's content then is complete
  const known = guards.journalIsEmpty(1) ? now : seen;
  const isWhole = direction === 'forward' ? guards.sentinelsAreBack(known) : guards.wayBackIsDrained(known);
  const observed = {
    ...othersDone(at, state),
    sentinels: {
      ...state.sentinels,
      [from]: state.sentinels[from] & ~mine,
      [to]: state.sentinels[to] & ~mine,
    },
  };
  const token = state.entries[from];
  if (isWhole && guards.journalIsEmpty(token)) {
    const differs = decided(state, direction) !== 'same';
    if (differs && guards.touchedIsCompared(state, from))
      return [
        ...moves,
        moveOf(at, 'finds the touched key different, and marks it', again(at, observed, from)),
      ];
    moves.push(
      observed.entries[to] && differs
        ? moveOf(at, 'finds a change that is not ours', gaveUp(at, 'foreign', observed))
        : moveOf(at, 'finds the journal empty, and whole', goOn(at, 'CutOver/flip', { seen: 0 }, observed)),
    );
  } else if (token !== 0) {
    moves.push(moveOf(at, 'looks at the mark', goOn(at, 'CutOver/from', { token, seen: now }, observed)));
  } else if (now !== seen) {
    moves.push(moveOf(at, 'sees a sentinel', goOn(at, 'CutOver/look', { seen: now }, observed)));
  }
  return moves;
};

/** The drain applies an entry again. Sentinels that it has seen still count. */
const again = (at: At, state: State, side: Side): State => {
  const withEntryOf = {
    ...state,
    entries: { ...state.entries, [side]: state.given },
    given: state.given + 1,
  };
  return goOn(at, 'CutOver/look', {}, withEntryOf);
};

const decided = (state: State, direction: Direction): 'same' | 'other' => {
  const { from, to } = sidesOf(direction);
  return state.values[from] === state.values[to] ? 'same' : 'other';
};

const cutOverFlips: Act = (at) => {
  const { state, worker, guards } = at;
  const { read, direction } = worker;
  if (!read) return [];
  const target = TABLES[sidesOf(direction).to];
  const next = attempted(() =>
    flip(read, { migrationId: MIGRATION, target, leaseMs: LONG_MS, now: guards.flipTime(state) }),
  );
  return [
    next
      ? moveOf(at, 'is in time to flip', goOn(at, 'CutOver/commit', { next }))
      : moveOf(at, "is past the fence's deadline", gaveUp(at, 'later')),
  ];
};

const cutOverCommits: Act = (at) => {
  const { state, worker, guards } = at;
  const { read, next, direction } = worker;
  if (!read || !next) return [];
  const { from, to } = sidesOf(direction);
  if (!guards.notCancelled(state, direction))
    return [moveOf(at, 'finds the migration cancelled, and does not flip', gaveUp(at, 'retry'))];
  const isAsRead = guards.flipComparesStatus(state, worker);
  const isForced = isAsRead !== isAsReadNow(state, worker);
  const done = attempted(() =>
    transition(
      state,
      isAsRead,
      isForced ? state.migration.status : statusIn(direction, 'holding'),
      isForced
        ? {}
        : {
            [direction === 'forward' ? 'flippedAt' : 'reverseFlippedAt']: epochMs(1),
            longLeasesOutAt: undefined,
          },
      { isCurrent: guards.flipComparesEpoch(state.route, read), to: next },
    ),
  );
  if (!done) return [moveOf(at, 'finds route or migration changed, and does not flip', gaveUp(at, 'retry'))];
  const { values, truth, migration } = state;
  const flipped: State = { ...done, overdue: false, flippedValue: values[to] };
  const does = `makes the ${to} live`;
  if (migration.paused)
    return [
      moveOf(at, does, broken(flipped, 'operator', 'the tenant was moved after a pause had been accepted')),
    ];
  if (values[from] !== values[to] || values[to] !== truth) {
    const invariant = direction === 'forward' ? 'I2' : 'I6';
    const how = `flipped to the ${to} with ${nameOf(values[to])} where ${nameOf(truth)} was acknowledged`;
    return [moveOf(at, does, broken(flipped, invariant, how))];
  }
  return [
    moveOf(at, does, endStep(at, afterFlip(direction), { state: flipped })),
    moveOf(at, `${does}, and gets no answer`, gaveUp(at, 'retry', flipped)),
  ];
};

/**
 * Models `reopenAfter`, after a cutover that did not flip, or whose flip got no answer.
 * @param next the state machine's next state; undefined if the step fails and is retried.
 */
const reopenAfter =
  (next: Step | undefined, afterFlipped: Step): Act =>
  (at) => {
    const { state, worker } = at;
    const { migration, route } = state;
    const { direction } = worker;
    const flippedAt = direction === 'forward' ? migration.flippedAt : migration.reverseFlippedAt;
    if (flippedAt !== undefined) return [moveOf(at, 'learns that it has flipped', endStep(at, afterFlipped))];
    const end = (given: State) => (next ? endStep(at, next, { state: given }) : retry(at, given));
    const open = reopen(route, { migrationId: MIGRATION, leaseMs: route.leaseMs });
    if (open === route && migration.status !== 'cuttingOver')
      return [moveOf(at, 'finds writes open', end(state))];
    const change = { isCurrent: true, to: open };
    const done = attempted(() => transition(state, true, statusIn(direction, 'catchingUp'), {}, change));
    return [
      done
        ? moveOf(at, 'opens writes again', end({ ...done, overdue: false }))
        : moveOf(at, 'finds the migration moved on', retry(at)),
    ];
  };

const givenUp: Act = (at) => {
  const { reason, direction } = at.worker;
  const flipped = afterFlip(direction);
  if (reason === 'later') return reopenAfter('CatchUp', flipped)(at);
  if (reason === 'retry') return reopenAfter(undefined, flipped)(at);
  if (direction === 'forward') return reopenAfter('DecideRollback', flipped)(at);
  // `recordRollbackFailure`: the execution fails, and the tenant stays on the target until an operator decides
  return reopenAfter(
    'CatchUp',
    flipped,
  )(at).map((move) => {
    const stopped = stops({ ...at, state: move.to });
    return { ...move, to: staysOnTarget(stopped, at.guards) ?? stopped };
  });
};

const catching = {
  readSides: 'CatchUp/look',
  from: 'CatchUp/from',
  to: 'CatchUp/to',
  act: 'CatchUp/act',
  write: 'CatchUp/write',
  over: retries,
  unanswered: (at: At, state: State) => goOn(at, 'CatchUp/look', { from: undefined, to: undefined }, state),
} as const;
const draining = {
  readSides: 'CutOver/look',
  from: 'CutOver/from',
  to: 'CutOver/to',
  act: 'CutOver/act',
  write: 'CutOver/write',
  over: (at: At) => gaveUp(at, 'retry'),
  unanswered: (at: At, state: State) =>
    at.guards.drainIsAnswered()
      ? gaveUp(at, 'later', state)
      : goOn(at, 'CutOver/look', { from: undefined, to: undefined }, state),
} as const;

export const cuttingOver = {
  CatchUp: catchUp,
  'CatchUp/look': catchUpPolls,
  'CatchUp/from': readsFrom(catching),
  'CatchUp/to': readsTo(catching),
  'CatchUp/act': decides(catching),
  'CatchUp/write': writes(catching),
  ShortenLease: shortenLease,
  'ShortenLease/commit': shortenLeaseCommits,
  'ShortenLease/count': shortenLeaseCounts,
  CutOver: cutOver,
  'CutOver/fence': cutOverFences,
  'CutOver/waitOut': cutOverWaits,
  'CutOver/look': cutOverReads,
  'CutOver/from': readsFrom(draining),
  'CutOver/to': readsTo(draining),
  'CutOver/act': decides(draining),
  'CutOver/write': writes(draining),
  'CutOver/flip': cutOverFlips,
  'CutOver/commit': cutOverCommits,
  'CutOver/reopen': givenUp,
} satisfies Partial<Record<Step, Act>>;
