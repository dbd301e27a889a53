import { nameOf } from '../invariants.ts';
import type { Move } from '../move.ts';
import { ABSENT, decisionOn, sidesOf } from '../state.ts';
import type { Rules } from './rules.ts';
import {
  keyAt,
  put,
  STEPS,
  type State,
  type Step,
  sidesWith,
  type Worker,
  withEntry,
  withKey,
} from './state.ts';
import { spent } from './world.ts';

/** Returns the worker's possible moves at its position. */
export type Act = (state: State, rules: Rules) => readonly Move<State>[];

export const moveTo = (state: State, does: string, to: State): Move<State> => ({
  who: `workflow, ${state.worker.step}`,
  does,
  to,
});

export const goOn = (state: State, step: Step, change: Partial<Worker> = {}): State => ({
  ...state,
  worker: { ...state.worker, key: 0, from: ABSENT, seen: 0, ...change, step },
});

/** Parameters of the apply loop, which CatchUp and the drain share. */
interface Loop {
  readonly readSides: Step;
  readonly act: Step;
  readonly write: Step;
  readonly removeEntry: Step;
  /** Returns the state after a write call that the worker gave up. */
  readonly afterUnanswered: (state: State, rules: Rules) => State;
}

/** Removes entries of the side being filled if both sides are equal: they stem from the migration's own writes. */
export const othersDone = (state: State): State => {
  const { from, to } = sidesOf(state.worker.direction);
  return state.keys.reduce((applied, { values, entries }, index) => {
    const isSame = decisionOn(values[from], values[to]) === 'same';
    return entries[to] !== 0 && isSame ? withEntry(applied, index, to, 0) : applied;
  }, state);
};

/** Reads the first entry of the live side, and its item there; undefined if there is none. */
export const readsEntry = (state: State, rules: Rules, { act }: Loop): Move<State> | undefined => {
  const { direction } = state.worker;
  const { from: side } = sidesOf(direction);
  const index = state.keys.findIndex(({ entries }) => entries[side] !== 0);
  if (index < 0) return undefined;
  const from = keyAt(state, index).values[side];
  const observed = withEntry(othersDone(state), index, side, 2);
  const checked = direction === 'reverse' ? withFirstCompared(observed, rules, index) : observed;
  return moveTo(
    state,
    `looks at the entry of key ${index}, and reads ${nameOf(from)} on the ${side}`,
    goOn(checked, act, { key: index, from, seen: state.worker.seen }),
  );
};

/**
 * Checks, before a rollback overwrites an item of the kept source, that the first old image on the target is that item. An
 * entry without an old image stems from the migration's own write, delivered late, and explains nothing.
 */
const withFirstCompared = (state: State, rules: Rules, index: number): State => {
  if (!rules.overwrittenItemsAreReported) return state;
  const { first, values, reported } = keyAt(state, index);
  if (first.target === 'compared') return state;
  const isUnexplained =
    first.target === 'none'
      ? rules.echoExplainsNothing && decisionOn(values.source, values.target) !== 'same'
      : first.target !== values.source;
  return withKey(state, index, {
    first: sidesWith(first, 'target', first.target === 'none' && !isUnexplained ? 'none' : 'compared'),
    reported: reported || isUnexplained,
  });
};

const decides =
  ({ write, removeEntry }: Loop): Act =>
  (state, rules) => {
    const { key, from, direction, seen } = state.worker;
    const { to } = sidesOf(direction);
    if (decisionOn(from, keyAt(state, key).values[to]) !== 'same')
      return [moveTo(state, 'finds the sides different', goOn(state, write, { key, from, seen }))];
    const first = rules.touchedIsWrittenFirst ? touched(state) : unmarked(state);
    const does = rules.touchedIsWrittenFirst ? 'notes the key as touched' : 'removes the entry';
    return [moveTo(state, does, goOn(first, removeEntry, { key, seen }))];
  };

const touched = (state: State): State => {
  const { key, direction } = state.worker;
  const { from } = sidesOf(direction);
  return withKey(state, key, { touched: sidesWith(keyAt(state, key).touched, from, 2) });
};

/** Removes an entry, unless the key was journalled again since it was read. */
const unmarked = (state: State): State => {
  const { key, direction } = state.worker;
  const { from } = sidesOf(direction);
  return keyAt(state, key).entries[from] === 2 ? withEntry(state, key, from, 0) : state;
};

const removesEntry =
  ({ readSides }: Loop): Act =>
  (state, rules) => {
    const applied = rules.touchedIsWrittenFirst ? unmarked(state) : touched(state);
    const does = rules.touchedIsWrittenFirst
      ? 'removes the entry, unless it is a new one'
      : 'notes the key as touched';
    return [moveTo(state, does, goOn(applied, readSides, { seen: state.worker.seen }))];
  };

const writes =
  ({ readSides, afterUnanswered }: Loop): Act =>
  (state, rules) => {
    const { key, from, direction, seen } = state.worker;
    const { to } = sidesOf(direction);
    const does = `writes ${nameOf(from)} under key ${key} on the ${to}`;
    const moves = [moveTo(state, does, goOn(put(state, to, key, from, false), readSides, { seen }))];
    if (state.left.lateCalls > 0 && !state.lateCall) {
      const lateCall = { side: to, key, value: from, isOfDeadWorker: false };
      const late = { ...spent(state, 'lateCalls'), lateCall };
      moves.push(moveTo(state, `${does}, and gives the call up`, afterUnanswered(late, rules)));
    }
    return moves;
  };

const CATCHING_UP: Loop = {
  readSides: 'CatchUp',
  act: 'CatchUp/act',
  write: 'CatchUp/write',
  removeEntry: 'CatchUp/settle',
  afterUnanswered: (state) => goOn(state, 'CatchUp'),
};
const DRAINING: Loop = {
  readSides: 'Drain',
  act: 'Drain/act',
  write: 'Drain/write',
  removeEntry: 'Drain/settle',
  afterUnanswered: (state, rules) =>
    rules.unansweredDrainGivesUp ? goOn(state, 'Reopen') : goOn(state, 'Drain', { seen: state.worker.seen }),
};
export const LOOPS = { CATCHING_UP, DRAINING };

export const applying = {
  'CatchUp/act': decides(CATCHING_UP),
  'CatchUp/write': writes(CATCHING_UP),
  'CatchUp/settle': removesEntry(CATCHING_UP),
  'Drain/act': decides(DRAINING),
  'Drain/write': writes(DRAINING),
  'Drain/settle': removesEntry(DRAINING),
} satisfies Partial<Record<Step, Act>>;

const BEGINNINGS = new Map(
  STEPS.map((step) => [step, STEPS.find((other) => other === step.split('/')[0]) ?? step]),
);
const beginningOf = (step: Step): Step => BEGINNINGS.get(step) ?? step;

/** The worker dies, with the call that it has under way, if any. The state machine retries its step. */
export const crashes: Act = (state) => {
  const { left, worker } = state;
  if (left.crashes === 0 || worker.step === 'End') return [];
  const isUnderFence = state.route.writes === 'fenced';
  const step = isUnderFence ? 'Reopen' : beginningOf(worker.step);
  const dead = goOn(spent(state, 'crashes'), step);
  const moves = [{ who: 'workflow', does: `dies in ${worker.step}, and begins again`, to: dead }];
  if (worker.step.endsWith('/write') && left.lateCalls > 0 && !state.lateCall) {
    const { key, from: value, direction } = worker;
    const lateCall = { side: sidesOf(direction).to, key, value, isOfDeadWorker: true };
    moves.push({
      who: 'workflow',
      does: `dies in ${worker.step}, with its call under way`,
      to: { ...spent(dead, 'lateCalls'), lateCall },
    });
  }
  return moves;
};
