import type { Side } from '../../functions/migration/route/route.ts';
import { nameOf } from './invariants.ts';
import { unanswered } from './late-call.ts';
import { type Act, type At, goOn, moveOf, retry } from './move.ts';
import { ABSENT, decisionOn, put, type State, sidesOf } from './state.ts';
import type { Step } from './steps.ts';

/** The loop of `applyEntries`, in CatchUp and under the fence: read journal and both sides, decide, write or remove the entry. */
interface Loop {
  readonly readSides: Step;
  readonly from: Step;
  readonly to: Step;
  readonly act: Step;
  readonly write: Step;
  /** Returns the state after a worker has found its claim ended. */
  readonly over: (at: At) => State;
  /** Returns the state after a worker has given up a write call. */
  readonly unanswered: (at: At, state: State) => State;
}

/** Models `checkFilledSide`: reads both sides, and removes the entry if they are equal. */
export const othersDone = (at: At, state: State): State => {
  const { to } = sidesOf(at.worker.direction);
  if (state.entries[to] === 0) return state;
  const { from } = sidesOf(at.worker.direction);
  return decisionOn(state.values[from], state.values[to]) === 'same'
    ? { ...state, entries: { ...state.entries, [to]: 0 } }
    : state;
};

export const readsFrom =
  ({ to }: Pick<Loop, 'to'>): Act =>
  (at) => {
    const side = sidesOf(at.worker.direction).from;
    const from = at.state.values[side];
    return [moveOf(at, `reads ${nameOf(from)} on the ${side}`, goOn(at, to, { from }))];
  };

export const readsTo =
  ({ act }: Pick<Loop, 'act'>): Act =>
  (at) => {
    const side = sidesOf(at.worker.direction).to;
    const to = at.state.values[side];
    return [moveOf(at, `reads ${nameOf(to)} on the ${side}`, goOn(at, act, { to }))];
  };

export const decides =
  ({ readSides, write }: Pick<Loop, 'readSides' | 'write'>): Act =>
  (at) => {
    const { state, worker, guards } = at;
    const { from = ABSENT, to = ABSENT, token = 0 } = worker;
    const isSame = decisionOn(from, to) === 'same';
    const side = sidesOf(worker.direction).from;
    const forget = { token: 0, from: undefined, to: undefined };
    const mayRemove = guards.sidesWereTheSame(isSame) && guards.tokenIsUnchanged(state.entries[side], token);
    const removed = mayRemove
      ? withTouched({ ...state, entries: { ...state.entries, [side]: 0 } }, side)
      : state;
    if (isSame)
      return [
        moveOf(
          at,
          mayRemove ? 'removes the mark' : 'leaves the mark: it is a new one',
          goOn(at, readSides, forget, removed),
        ),
      ];
    const does = mayRemove ? 'removes the mark before it writes' : 'finds the sides different';
    return [moveOf(at, does, goOn(at, write, { token: 0 }, removed))];
  };

/** Marks the key as touched: it is compared under the fence, and counts as the migration's if the target is discarded. */
const withTouched = (state: State, side: Side): State =>
  state.touched ? { ...state, touched: { ...state.touched, [side]: true } } : state;

export const writes =
  ({ readSides, over, unanswered: afterwards }: Pick<Loop, 'readSides' | 'over' | 'unanswered'>): Act =>
  (at) => {
    const { state, worker, slot, guards } = at;
    if (!guards.holdsClaim(state, slot)) return [moveOf(at, 'finds its claim over', over(at))];
    const { from = ABSENT, to = ABSENT } = worker;
    const side = sidesOf(worker.direction).to;
    const isPut = decisionOn(from, to) === 'put';
    const value = isPut ? from : ABSENT;
    const written = put(state, side, value);
    return [
      moveOf(
        at,
        isPut ? `puts ${nameOf(from)} into the ${side}` : `deletes the key on the ${side}`,
        goOn(at, readSides, { from: undefined, to: undefined }, written),
      ),
      ...unanswered(at, side, value, (late) => afterwards(at, late)),
    ];
  };

export const retries = (at: At): State => retry(at);
