import type { Move } from './move.ts';
import type { Broken } from './state.ts';

/** A step of a trace. */
type Step = Pick<Move<unknown>, 'who' | 'does'>;

/** The shortest trace to a broken invariant. */
export interface Counterexample extends Broken {
  readonly steps: readonly Step[];
}

export interface SweepFinding {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** All ends of migrations that were reached. */
  readonly endings: ReadonlySet<string>;
  readonly counterexample?: Counterexample;
}

/** A growing array of numbers. */
class Numbers {
  #kept = new Int32Array(1 << 16);
  length = 0;

  push(number: number): void {
    if (this.length === this.#kept.length) {
      const grown = new Int32Array(this.length * 2);
      grown.set(this.#kept);
      this.#kept = grown;
    }
    this.#kept[this.length++] = number;
  }

  at(index: number): number {
    return this.#kept[index] ?? -1;
  }
}

/** A search space: the first state, the moves of each state, and the key of a state. */
export interface Space<S> {
  readonly first: S;
  movesFrom(state: S): readonly Move<S>[];
  /** Two states with the same key have the same future. */
  keyOf(state: S): string;
  brokenIn(state: S): Broken | undefined;
  /** Returns the end of the migration; undefined if it is open. An end must be reachable from every state (I5). */
  endOf(state: S): string | undefined;
}

/**
 * Visits every reachable state, nearest first, until an invariant breaks. It keeps only a state's number and the move that
 * led to it. A trace is replayed when a test needs it.
 */
export const search = <S>(space: Space<S>): SweepFinding => {
  // guards throw a million errors, whose stack traces are never read
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return explore(space);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
};

const explore = <S>(space: Space<S>): SweepFinding => {
  const { first, keyOf, movesFrom, brokenIn, endOf } = space;
  const numbers = new Map([[keyOf(first), 0]]);
  const parents = new Numbers();
  const moves = new Numbers();
  const edges = { from: new Numbers(), to: new Numbers() };
  const ends: number[] = [];
  const endings = new Set<string>();
  parents.push(-1);
  moves.push(-1);

  const trace = (end: number): Step[] => {
    const path: number[] = [];
    for (let at = end; at > 0; at = parents.at(at)) path.unshift(moves.at(at));
    const steps: Step[] = [];
    let state = first;
    for (const index of path) {
      const move = movesFrom(state)[index];
      if (!move) throw new Error('a move of the trace is not there any more: a process is not a function');
      steps.push({ who: move.who, does: move.does });
      state = move.to;
    }
    return steps;
  };

  let depth = 0;
  let level: S[] = [first];
  let number = 0;
  const result = () => ({ states: numbers.size, transitions: edges.from.length, depth, endings });
  while (level.length > 0) {
    const next: S[] = [];
    for (const state of level) {
      const end = endOf(state);
      if (end !== undefined) {
        ends.push(number);
        endings.add(end);
      }
      movesFrom(state).forEach((move, index) => {
        const key = keyOf(move.to);
        let known = numbers.get(key);
        if (known === undefined) {
          known = numbers.size;
          numbers.set(key, known);
          parents.push(number);
          moves.push(index);
          next.push(move.to);
        }
        edges.from.push(number);
        edges.to.push(known);
      });
      number += 1;
    }
    // numbers go level by level, so the first of the next level is `number`
    for (const [index, state] of next.entries()) {
      const found = brokenIn(state);
      if (found)
        return { ...result(), depth: depth + 1, counterexample: { ...found, steps: trace(number + index) } };
    }
    level = next;
    if (next.length > 0) depth += 1;
  }
  const stuck = firstWithoutEnd(numbers.size, edges, ends);
  if (stuck === undefined) return result();
  const how = 'from here on the migration can neither end nor be rolled back';
  return { ...result(), counterexample: { invariant: 'I5', how, steps: trace(stuck) } };
};

/** Returns the nearest state from which no end can be reached; undefined if there is none. */
const firstWithoutEnd = (
  states: number,
  edges: { readonly from: Numbers; readonly to: Numbers },
  ends: readonly number[],
): number | undefined => {
  const counts = new Int32Array(states + 1);
  for (let n = 0; n < edges.to.length; n += 1) {
    const to = edges.to.at(n) + 1;
    counts[to] = (counts[to] ?? 0) + 1;
  }
  for (let n = 1; n <= states; n += 1) counts[n] = (counts[n] ?? 0) + (counts[n - 1] ?? 0);
  const filled = counts.slice();
  const sources = new Int32Array(edges.from.length);
  for (let n = 0; n < edges.to.length; n += 1) {
    const to = edges.to.at(n);
    const place = filled[to] ?? 0;
    sources[place] = edges.from.at(n);
    filled[to] = place + 1;
  }
  const ending = new Uint8Array(states);
  const open = [...ends];
  for (const end of ends) ending[end] = 1;
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (let n = counts[state] ?? 0; n < (counts[state + 1] ?? 0); n += 1) {
      const source = sources[n] ?? 0;
      if (ending[source]) continue;
      ending[source] = 1;
      open.push(source);
    }
  }
  const stuck = ending.indexOf(0);
  return stuck < 0 ? undefined : stuck;
};

/** Returns the trace with one line per step. */
export const written = ({ invariant, how, steps }: Counterexample): string =>
  [
    ...steps.map(({ who, does }, n) => `${String(n + 1).padStart(3)}. ${who}: ${does}`),
    `     ${invariant} is broken: ${how}`,
  ].join('\n');
