import type { Operation, Value } from './history.ts';

/** An operation in the search for an order, which takes effect at one moment. */
export interface Step {
  readonly operation: Operation;
  /** Earliest time of that moment. */
  readonly from: number;
  /** Latest time of that moment; absent for a step that may happen at any later time, or never. */
  readonly until?: number;
  /** Value that the key must have at that moment. */
  readonly is?: { readonly value: Value };
  /** Value that the key must not have at that moment. */
  readonly isNot?: { readonly value: Value };
  /** Value that the key has after it. */
  readonly sets?: { readonly value: Value };
}

/**
 * Returns an order of the steps that a register starting with `initial` can follow, with all required steps and some optional
 * ones. Returns `none` if there is none, and `undecided` if none was found in `tries` configurations.
 *
 * The search is Wing and Gong's, with Lowe's memory of tried configurations [Lowe, Testing for linearizability, 2017]. Four
 * properties of registers keep it short:
 *
 * - A step that changes nothing can be taken as soon as it is possible, since every later step could follow it.
 * - A value that only one step sets is not overwritten before all its readers have seen it.
 * - An optional step is taken only if the next step needs it. An order that is impossible with few optional steps used is
 *   impossible with more of them used.
 * - All values that no step requires count as one value.
 */
export const findOrder = (
  steps: readonly Step[],
  initial: Value,
  tries: number,
): Operation[] | 'none' | 'undecided' => {
  const register = new Register(steps, initial);
  const triedWith = new Map<string, bigint[]>();
  const toTry = [register.start];
  for (let tried = 0; tried < tries; tried += 1) {
    const next = toTry.pop();
    if (!next) return 'none';
    const closed = register.closeConfiguration(next);
    if (closed.open.length === 0) return orderOf(closed.path);
    if (closed.insteadOf === undefined && isKnown(triedWith, closed)) continue;
    toTry.push(...register.choices(closed));
  }
  return 'undecided';
};

/** State of a search. The steps taken are those before `next`, except those in `open`. */
interface Configuration {
  readonly path: Path | undefined;
  readonly state: State;
  /** Number of steps that must still see `state`, if no later step can set it again. */
  readonly toSee: number;
  /** Numbers of required steps that may come next: never more than were under way at one time. */
  readonly open: readonly number[];
  readonly next: number;
  /** A step that is not in `open` may come next only if it starts no later than this. */
  readonly horizon: number;
  /** Optional steps taken, as bits. */
  readonly used: bigint;
  /** The state before an optional step, which must have been needed: the next step was not possible in that state. */
  readonly insteadOf?: State;
}
interface Path {
  readonly operation: Operation;
  readonly before: Path | undefined;
}
/** Number that stands for a value. */
type State = number;
const UNASKED: State = 0;

interface Move {
  readonly operation: Operation;
  readonly from: number;
  readonly until: number;
  readonly is: State | undefined;
  readonly isNot: State | undefined;
  readonly sets: State | undefined;
  /** Latest time at which it must be taken, if any. Steps that are due sooner are tried earlier. */
  readonly due: number;
}
/** Optional steps with the same effect, by their beginnings. They are taken in this order. */
type Spares = readonly { readonly move: Move; readonly bit: bigint }[];

const isPossible = (move: Move, state: State): boolean =>
  (move.is === undefined || move.is === state) && move.isNot !== state;

class Register {
  readonly start: Configuration;
  private readonly required: readonly Move[];
  private readonly spares: readonly Spares[];
  /** Values that optional steps require, since one optional step may follow another. */
  private readonly askedBySpares: ReadonlySet<State | undefined>;
  /** Numbers of required steps that see a value; `writers`: numbers of steps that set it. */
  private readonly readers = new Map<State, number>();
  private readonly writers = new Map<State, number>();
  /** Time by which the first of them has seen it. */
  private readonly seenBy = new Map<State, number>();

  constructor(steps: readonly Step[], initial: Value) {
    const asked = new Map<Value, State>();
    for (const { is, isNot } of steps)
      for (const one of [is, isNot]) if (one && !asked.has(one.value)) asked.set(one.value, asked.size + 1);
    const stateOf = (value: Value): State => asked.get(value) ?? UNASKED;
    const state = stateOf(initial);
    increase(this.writers, state);
    for (const { until, is, sets } of steps) {
      if (sets) increase(this.writers, stateOf(sets.value));
      if (!is || until === undefined) continue;
      const seen = stateOf(is.value);
      increase(this.readers, seen);
      this.seenBy.set(seen, Math.min(until, this.seenBy.get(seen) ?? until));
    }
    const moveOf = ({ operation, from, until = Number.POSITIVE_INFINITY, is, isNot, sets }: Step): Move => {
      const result = sets && stateOf(sets.value);
      const seenBy = result !== undefined && this.isUnique(result) ? this.seenBy.get(result) : undefined;
      return {
        operation,
        from,
        until,
        is: is && stateOf(is.value),
        isNot: isNot && stateOf(isNot.value),
        sets: result,
        due: Math.min(until, seenBy ?? until),
      };
    };
    const inOrder = [...steps].sort((a, b) => a.from - b.from);
    this.required = inOrder.filter(({ until }) => until !== undefined).map(moveOf);
    const optional = inOrder
      .filter(({ until }) => until === undefined)
      .map((step, n) => ({ move: moveOf(step), bit: 1n << BigInt(n) }));
    this.spares = [...Map.groupBy(optional, ({ move }) => `${move.is} ${move.sets}`).values()];
    this.askedBySpares = new Set(optional.map(({ move }) => move.is));
    this.start = {
      path: undefined,
      state,
      toSee: this.mustSee(state),
      open: [],
      next: 0,
      horizon: Number.NEGATIVE_INFINITY,
      used: 0n,
    };
  }

  /** Opens the steps that may come next, and takes possible steps that change nothing. */
  closeConfiguration(configuration: Configuration): Configuration {
    let closed = this.opened(configuration);
    for (;;) {
      const { state, insteadOf } = closed;
      const ready = closed.open.filter((n) => {
        const move = this.move(n);
        return (
          move.sets === undefined &&
          isPossible(move, state) &&
          (insteadOf === undefined || !isPossible(move, insteadOf))
        );
      });
      if (ready.length === 0) return closed;
      let { path, toSee } = closed;
      for (const n of ready) {
        const { operation, is } = this.move(n);
        path = { operation, before: path };
        if (is !== undefined) toSee = Math.max(0, toSee - 1);
      }
      const { insteadOf: _, ...rest } = closed;
      const open = closed.open.filter((n) => !ready.includes(n));
      closed = this.opened({ ...rest, path, toSee, open });
    }
  }

  /** Returns the configurations after each possible next step, the most urgent last. */
  choices(at: Configuration): Configuration[] {
    const { state, insteadOf, toSee, open } = at;
    const isNext = (move: Move) =>
      isPossible(move, state) &&
      (insteadOf === undefined || !isPossible(move, insteadOf)) &&
      toSee <= (move.is !== undefined && move.until < Number.POSITIVE_INFINITY ? 1 : 0);
    const found: { readonly due: number; readonly next: Configuration }[] = [];
    for (const n of open) {
      const move = this.move(n);
      if (!isNext(move)) continue;
      const { insteadOf: _, ...rest } = this.taken(at, move);
      found.push({ due: move.due, next: { ...rest, open: open.filter((other) => other !== n) } });
    }
    for (const spares of this.spares) {
      const spare = spares.find(({ bit }) => (at.used & bit) === 0n);
      if (!spare || spare.move.from > at.horizon || !isNext(spare.move)) continue;
      if (!this.helps(spare.move, at)) continue;
      const next = { ...this.taken(at, spare.move), used: at.used | spare.bit, insteadOf: state };
      found.push({ due: spare.move.due, next });
    }
    return found.sort((a, b) => b.due - a.due).map(({ next }) => next);
  }

  /** True if the move makes an open step possible. */
  private helps({ sets }: Move, { state, open }: Configuration): boolean {
    if (sets === undefined || sets === state) return false;
    return (
      this.askedBySpares.has(sets) ||
      open.some((n) => isPossible(this.move(n), sets) && !isPossible(this.move(n), state))
    );
  }

  private taken(at: Configuration, { operation, sets = at.state }: Move): Configuration {
    return { ...at, path: { operation, before: at.path }, state: sets, toSee: this.mustSee(sets) };
  }

  private opened(configuration: Configuration): Configuration {
    const open = [...configuration.open];
    let horizon = Number.POSITIVE_INFINITY;
    for (const n of open) horizon = Math.min(horizon, this.move(n).until);
    let { next } = configuration;
    for (; next < this.required.length; next += 1) {
      const { from, until } = this.move(next);
      if (from > horizon) break;
      open.push(next);
      horizon = Math.min(horizon, until);
    }
    return { ...configuration, open, next, horizon };
  }

  private move(n: number): Move {
    const move = this.required[n];
    if (!move) throw new RangeError(`there is no step ${n}`);
    return move;
  }

  private isUnique(state: State): boolean {
    return state !== UNASKED && this.writers.get(state) === 1;
  }

  private mustSee(state: State): number {
    return this.isUnique(state) ? (this.readers.get(state) ?? 0) : 0;
  }
}

const increase = (counts: Map<State, number>, state: State): void => {
  counts.set(state, (counts.get(state) ?? 0) + 1);
};

/** True if a configuration with the same steps taken, and no other optional ones, was tried. Records it otherwise. */
const isKnown = (triedWith: Map<string, bigint[]>, { open, next, state, used }: Configuration): boolean => {
  const key = `${next} ${open.join()} ${state}`;
  const tried = triedWith.get(key) ?? [];
  if (tried.some((fewer) => (fewer & used) === fewer)) return true;
  triedWith.set(key, [...tried.filter((more) => (more & used) !== used), used]);
  return false;
};

const orderOf = (path: Path | undefined): Operation[] => {
  const order: Operation[] = [];
  for (let at = path; at; at = at.before) order.push(at.operation);
  return order.reverse();
};
