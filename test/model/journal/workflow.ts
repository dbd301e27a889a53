import { epochMs } from '../../../functions/migration/names.ts';
import { fence, flip, reopen } from '../../../functions/migration/route/route.ts';
import { nameOf } from '../invariants.ts';
import { ABSENT, DEADLINE, decisionOn, LONG_MS, liveSide, MIGRATION, sidesOf, TABLES } from '../state.ts';
import type { Rules } from './rules.ts';
import {
  became,
  type Key,
  keyAt,
  recordsOf,
  SIDES,
  type State,
  type Step,
  shardOf,
  sidesWith,
  type TouchedKeys,
  withEntry,
  withKey,
  withRecords,
} from './state.ts';
import { type Act, applying, crashes, goOn, LOOPS, moveTo, othersDone, readsEntry } from './worker.ts';
import { type JournalProcess, spent } from './world.ts';

const broken = (state: State, how: string): State => ({ ...state, broken: { invariant: 'I2', how } });

const catchUp: Act = (state, rules) => {
  const readSides = readsEntry(state, rules, LOOPS.CATCHING_UP);
  if (readSides) return [readSides];
  const isCompared = state.isCompared && state.isWhole;
  return [
    moveTo(state, 'finds the journal empty', goOn(othersDone(state), isCompared ? 'Prove' : 'Compare')),
  ];
};

/** Changes the rounds of the touched keys on the live side, and of what was journalled there. */
const withRounds = (state: State, change: (round: TouchedKeys) => TouchedKeys): State => {
  const { from } = sidesOf(state.worker.direction);
  return state.keys.reduce(
    (rest, { touched, journalled }, n) =>
      withKey(rest, n, {
        touched: sidesWith(touched, from, change(touched[from])),
        journalled: sidesWith(journalled, from, change(journalled[from])),
      }),
    state,
  );
};

/** Compares all keys while the application writes. It begins a round; keys touched in earlier rounds are dropped at its end. */
const compare: Act = (state, rules) => {
  // a late call may change a key after its comparison: such keys stay touched for another round
  const isLate = state.lateCall !== undefined && rules.lateCallsKeepTouchedKeys;
  const begun = withRounds(state, (round) => (round === 0 ? 0 : isLate ? 2 : 1));
  return [moveTo(state, 'begins a comparison round', goOn(begun, 'Compare/from'))];
};

const readsFrom: Act = (state) => {
  const { key, direction } = state.worker;
  const side = sidesOf(direction).from;
  const { values, isWritten } = keyAt(state, key);
  const from = values[side];
  const read = withKey(state, key, { isWritten: sidesWith(isWritten, side, false) });
  return [
    moveTo(
      state,
      `reads ${nameOf(from)} under key ${key} on the ${side}`,
      goOn(read, 'Compare/to', { key, from }),
    ),
  ];
};

const readsTo: Act = (state, rules) => {
  const { key: index, from: value, direction } = state.worker;
  const { to } = sidesOf(direction);
  const key = keyAt(state, index);
  const isDifferent = decisionOn(value, key.values[to]) !== 'same';
  const compared = isDifferent ? withDifference(state, rules, index) : state;
  const does = isDifferent
    ? `finds key ${index} different on the ${to}, and journals it`
    : `finds key ${index} the same`;
  if (index + 1 < state.keys.length)
    return [moveTo(state, does, goOn(compared, 'Compare/from', { key: index + 1 }))];
  const ended = withRounds(compared, (round) => (round === 1 ? 0 : round));
  return [
    moveTo(state, `${does}; ends the round`, goOn({ ...ended, isCompared: true, isWhole: true }, 'CatchUp')),
  ];
};

/** Journals a difference. After a gap and in a rollback it is journalled on the live side, so that its value is applied. */
const withDifference = (state: State, rules: Rules, index: number): State => {
  const { direction } = state.worker;
  const { from, to } = sidesOf(direction);
  const key = keyAt(state, index);
  const liveWins = direction === 'reverse' || (!state.isWhole && rules.liveSideWinsAfterGap);
  const isMissing = key.values[to] === ABSENT;
  const touched = rules.differentKeysStayTouched && key.touched[from] !== 0 ? 2 : key.touched[from];
  const kept = withKey(state, index, { touched: sidesWith(key.touched, from, touched) });
  const withEntryOf = withEntry(kept, index, liveWins || isMissing ? from : to, 1);
  if (direction === 'forward' || !rules.overwrittenItemsAreReported || isExplained(key, 'forward', rules))
    return withEntryOf;
  return withKey(withEntryOf, index, { reported: true, first: sidesWith(key.first, 'target', 'compared') });
};

const prove: Act = (state) => {
  const placed = withItems(state, 'proof');
  return [moveTo(state, 'places a proof of capture on both sides', goOn(placed, 'Prove/wait'))];
};

/** Puts a proof or sentinel into the first shard of both sides, in place of one of an earlier try, which proves nothing. */
const withItems = (state: State, item: 'proof' | 'sentinel'): State => {
  const bit = item === 'proof' ? 1 : 2;
  return SIDES.reduce(
    (rest, side) => ({
      ...withRecords(rest, side, 0, [...recordsOf(rest, side, 0).filter((record) => record !== item), item]),
      captured: sidesWith(rest.captured, side, rest.captured[side] & ~bit),
    }),
    state,
  );
};

const withoutItems = (state: State): State =>
  SIDES.reduce(
    (rest, side) => ({
      ...withRecords(
        rest,
        side,
        0,
        recordsOf(rest, side, 0).filter((record) => typeof record === 'object'),
      ),
      captured: sidesWith(rest.captured, side, 0),
    }),
    state,
  );

const hasReturned = ({ captured }: State, bit: 1 | 2): boolean =>
  SIDES.every((side) => (captured[side] & bit) !== 0);

const proves: Act = (state, rules) => {
  const moves = [moveTo(state, 'sees no proof, and tries later', goOn(withoutItems(state), 'CatchUp'))];
  if (!hasReturned(state, 1) && rules.proofComesFirst) return moves;
  const isGap =
    (rules.gapIsCompared && SIDES.some((side) => state.isStale[side])) ||
    (rules.replacedStreamIsCompared && SIDES.some((side) => state.isReplaced[side]));
  const isProved = hasReturned(state, 1);
  const noted: State = {
    ...withoutItems(state),
    ...(isProved
      ? { isStale: { source: false, target: false }, isReplaced: { source: false, target: false } }
      : {}),
    isWhole: state.isWhole && !(isGap && rules.proofComesFirst),
  };
  const does = isGap ? 'sees a proof after a gap: the journal is not whole' : 'sees a proof on both sides';
  moves.push(moveTo(state, does, goOn(noted, noted.isWhole ? 'Fence' : 'Compare')));
  return moves;
};

const fences: Act = (state, rules) => {
  const { lateCall, worker, route } = state;
  const isAwaited = lateCall?.isOfDeadWorker ? rules.deadWorkersCallsAreOut : rules.lateCallsAreOut;
  // a proof is valid for a few seconds only
  if (lateCall && isAwaited)
    return [moveTo(state, 'waits for a call that was given up', goOn(state, 'CatchUp'))];
  const source = TABLES[sidesOf(worker.direction).from];
  const fenced = { ...state, route: fence(route, { migrationId: MIGRATION, source, deadline: DEADLINE }) };
  const moved = worker.direction === 'forward' ? became(fenced, 'cuttingOver') : fenced;
  return [
    moveTo(
      state,
      'fences writes, and places sentinels on both sides',
      goOn(withItems(moved, 'sentinel'), 'Drain'),
    ),
  ];
};

const drains: Act = (state, rules) => {
  const isWhole = state.worker.seen === 3 || !rules.sentinelsAreBack;
  const moves = [moveTo(state, 'runs out of time', goOn(state, 'Reopen'))];
  const readSides = readsEntry(state, rules, LOOPS.DRAINING);
  const seen = hasReturned(state, 2) ? 3 : 0;
  if (readSides && rules.journalIsEmptyAtFlip) {
    const { worker } = readSides.to;
    moves.push({
      ...readSides,
      to: { ...readSides.to, worker: { ...worker, seen: Math.max(seen, worker.seen) } },
    });
  } else if (isWhole)
    moves.push(moveTo(state, 'finds the journal empty, and whole', goOn(state, 'CompareTouched')));
  else if (seen === 3) moves.push(moveTo(state, 'sees the sentinels', goOn(state, 'Drain', { seen })));
  return moves;
};

/** Journals touched keys that differ again. Entries left on the other side after that are another process's writes. */
const comparesTouched: Act = (state, rules) => {
  if (rules.streamIsSameUnderFence && SIDES.some((side) => state.isReplaced[side]))
    return [moveTo(state, 'finds a stream replaced', goOn(state, 'Reopen'))];
  const { from, to } = sidesOf(state.worker.direction);
  const differs = ({ values }: Key) => decisionOn(values[from], values[to]) !== 'same';
  const withEntryOf = state.keys.reduce(
    (rest, key, index) =>
      rules.touchedKeysAreCompared && key.touched[from] !== 0 && differs(key)
        ? withEntry(rest, index, from, 1)
        : rest,
    state,
  );
  if (withEntryOf !== state)
    return [
      moveTo(
        state,
        'finds a touched key different, and journals it',
        goOn(withEntryOf, 'Drain', { seen: 3 }),
      ),
    ];
  const applied = othersDone(state);
  if (applied.keys.some(({ entries }) => entries[to] !== 0))
    return [moveTo(state, `finds a change on the ${to} that is not ours`, refused(state))];
  return [moveTo(state, 'finds every touched key the same', goOn(applied, 'Flip'))];
};

/** Refuses the flip. Forward, the tenant stays on the source, and the copy is discarded. In a rollback it stays on the target. */
const refused = (state: State): State => {
  const open = reopened(state);
  if (!state.left.isUnproved && !state.left.mayAccuse)
    return {
      ...open,
      broken: { invariant: 'operator', how: 'a change of the application is taken for a foreign write' },
    };
  if (state.worker.direction === 'reverse') return { ...goOn(open, 'End'), end: 'stopped' };
  return goOn(became(became(open, 'rollingBack'), 'rolledBack'), 'End');
};

const reopened = (state: State): State =>
  withoutItems({ ...state, route: reopen(state.route, { migrationId: MIGRATION, leaseMs: LONG_MS }) });

const reopens: Act = (state) => {
  const open = reopened(state);
  const moved = open.status === 'cuttingOver' ? became(open, 'catchingUp') : open;
  return [moveTo(state, 'opens writes again', goOn(moved, 'CatchUp'))];
};

const flips: Act = (state) => {
  const { worker, route } = state;
  const { from, to } = sidesOf(worker.direction);
  const next = flip(route, { migrationId: MIGRATION, target: TABLES[to], leaseMs: LONG_MS, now: epochMs(0) });
  const flipped = withoutItems({ ...state, route: next, isCompared: false });
  const moved = worker.direction === 'forward' ? became(flipped, 'holding') : flipped;
  const left = state.keys.reduce((rest, key, index) => {
    const { values, truth, first } = key;
    const isFirst = sidesWith(first, to, 'none');
    if (values[to] === truth) return withKey(rest, index, { first: isFirst });
    // not proved: a key that was written, but not journalled, since it was compared, and whose shard lags
    const isAllowed =
      state.left.isUnproved &&
      shardOf(state, index) === 1 &&
      key.journalled[from] === 0 &&
      key.isWritten[from];
    const lost = withKey(rest, index, { first: isFirst, lost: true, truth: values[to] });
    const how = `flipped to the ${to} with ${nameOf(values[to])} under key ${index} where ${nameOf(truth)} was acknowledged`;
    return isAllowed ? lost : broken(lost, how);
  }, moved);
  return [moveTo(state, `makes the ${to} live`, goOn(left, 'CompareLeft'))];
};

/** True if an entry on the live side explains a difference from the former live side. */
const isExplained = (
  { entries, first, values }: Key,
  direction: 'forward' | 'reverse',
  rules: Rules,
): boolean => {
  const { from: left, to: live } = sidesOf(direction);
  if (entries[live] === 0) return false;
  const image = first[live];
  if (image === 'compared') return true;
  if (image === 'none') return !rules.echoExplainsNothing;
  const counts =
    direction === 'forward' ? rules.oldImageExplains : rules.oldImageExplains && rules.oldImageExplainsBack;
  return !counts || image === values[left];
};

/** Compares the former live side with the live one. A change may still be in the stream, so the journal is read again. */
const comparesLeft: Act = (state, rules) => {
  const { direction } = state.worker;
  const { from: left, to: live } = sidesOf(direction);
  let compared = state;
  for (const [index, key] of state.keys.entries()) {
    const isSame = decisionOn(key.values[left], key.values[live]) === 'same';
    if (rules.leftSideIsCompared && !isSame && !isExplained(key, direction, rules)) {
      if (isUndelivered(state, live, index)) return [];
      compared = withKey(compared, index, { reported: true });
    }
    if (isOtherImage(key, direction, rules)) compared = withKey(compared, index, { reported: true });
  }
  const isReported = compared !== state;
  if (direction === 'reverse' && isReported)
    return [
      moveTo(state, 'finds a write missed: stops, with the target kept', {
        ...goOn(compared, 'End'),
        end: 'stopped',
      }),
    ];
  const does = isReported ? 'finds a write missed, and reports it' : 'finds every difference explained';
  return [moveTo(state, does, goOn(compared, direction === 'forward' ? 'Hold' : 'Remove'))];
};

const isUndelivered = (state: State, side: 'source' | 'target', index: number): boolean =>
  recordsOf(state, side, shardOf(state, index)).some(
    (record) => typeof record === 'object' && record.key === index,
  );

/** True if an old image is not the item of the former live side, even if the sides are equal now. */
const isOtherImage = ({ first, values }: Key, direction: 'forward' | 'reverse', rules: Rules): boolean => {
  const { from: left, to: live } = sidesOf(direction);
  const image = first[live];
  const counts =
    rules.equalSidesAreChecked &&
    rules.oldImageExplains &&
    (direction === 'forward' || rules.oldImageExplainsBack);
  return counts && image !== 'none' && image !== 'compared' && image !== values[left];
};

/** The hold outlasts every delay of capture: by its end, the records of a lagging shard were delivered or lost. */
const holds: Act = (state, rules) => {
  if (SIDES.some((side) => state.streams[side].some((records) => records.length > 0))) return [];
  if (!rules.holdEndsWithCheck) return [moveTo(state, 'ends the hold', goOn(state, 'Remove'))];
  const checked = state.keys.reduce((rest, key, index) => {
    const isLate = key.entries.source !== 0 && decisionOn(key.values.source, key.values.target) !== 'same';
    return isLate || isOtherImage(key, 'forward', rules) ? withKey(rest, index, { reported: true }) : rest;
  }, state);
  return [moveTo(state, 'ends the hold, and looks for late changes', goOn(checked, 'Remove'))];
};

/** Deletes the former live side. Afterwards only the report shows a missed write. */
const removes: Act = (state) => {
  const { direction } = state.worker;
  const { from: left } = sidesOf(direction);
  const silent = state.keys.findIndex(({ lost, reported }) => lost && !reported);
  const ended =
    direction === 'forward' ? became(became(state, 'cleaningUp'), 'completed') : became(state, 'rolledBack');
  const over = goOn(ended, 'End');
  const how = `the ${left} is deleted, and no report names key ${silent}, of which an acknowledged write was left behind`;
  return [moveTo(state, `deletes the ${left}`, silent < 0 ? over : broken(over, how))];
};

const ACTS: Readonly<Record<Step, Act>> = {
  ...applying,
  CatchUp: catchUp,
  Compare: compare,
  'Compare/from': readsFrom,
  'Compare/to': readsTo,
  Prove: prove,
  'Prove/wait': proves,
  Fence: fences,
  Drain: drains,
  CompareTouched: comparesTouched,
  Flip: flips,
  Reopen: reopens,
  CompareLeft: comparesLeft,
  Hold: holds,
  Remove: removes,
  End: () => [],
};

const worker: JournalProcess = (state, rules) => ACTS[state.worker.step](state, rules);

/** Rolls back during the hold. Known stragglers are reported, and do not stop the rollback again. */
const operator: JournalProcess = (state, rules) => {
  if (state.left.rollbacks === 0 || state.status !== 'holding') return [];
  const rollingBack = became(spent(state, 'rollbacks'), 'rollingBack');
  const noted = rollingBack.keys.reduce((rest, { entries, values, reported }, index) => {
    if (entries.source === 0) return rest;
    const isStraggler = decisionOn(values.source, values.target) !== 'same';
    return withKey(withEntry(rest, index, 'source', 0), index, { reported: reported || isStraggler });
  }, rollingBack);
  const begun: State = {
    ...goOn(noted, 'CatchUp', { direction: 'reverse' }),
    isCompared: !rules.rollbackIsCompared,
  };
  return [{ who: 'operator', does: 'takes the tenant back', to: begun }];
};

export const workflow: readonly JournalProcess[] = [worker, crashes, operator];

/** I2: the live side has the value that was acknowledged last. */
export const brokenIn = (state: State): State['broken'] => {
  if (state.broken) return state.broken;
  const side = liveSide(state.route);
  const index = state.keys.findIndex(({ values, truth }) => values[side] !== truth);
  if (index < 0) return undefined;
  const { values, truth } = keyAt(state, index);
  const how = `the live ${side} has ${nameOf(values[side])} under key ${index} where ${nameOf(truth)} was acknowledged`;
  return { invariant: 'I2', how };
};

export const endOf = ({ worker: { step }, end, status }: State): string | undefined =>
  step === 'End' ? (end ?? status) : undefined;
