import type { Side } from '../../functions/migration/route/route.ts';
import { nameOf } from './invariants.ts';
import { type At, type Move, moveOf, type Process } from './move.ts';
import { put, type State, type Value } from './state.ts';

/**
 * Leaves a worker's write call without an answer: it may take effect later, or never.
 * @param given returns the worker's next state, from a state in which the call is under way.
 */
export const unanswered = (
  at: At,
  side: Side,
  value: Value,
  given: (state: State) => State,
): readonly Move[] => {
  const { state } = at;
  const { left } = state;
  if (left.lateCalls === 0 || state.late) return [];
  const late = { ...state, late: { side, value }, left: { ...left, lateCalls: left.lateCalls - 1 } };
  return [moveOf(at, `writes ${nameOf(value)} to the ${side}, and gives the call up`, given(late))];
};

/** The late call takes effect, or the time is over in which it could. */
const takesEffect: Process = (state) => {
  const { late } = state;
  if (!late) return [];
  const out = { ...state, late: undefined };
  const does = `writes ${nameOf(late.value)} to the ${late.side}`;
  return [
    { who: 'time', does: 'a call that was given up is out', to: out },
    { who: 'a call that was given up', does, to: put(out, late.side, late.value) },
  ];
};

export const lateCalls: readonly Process[] = [takesEffect];
