import { findOrder, type Step } from './find-order.ts';
import type { Operation, Value } from './history.ts';

/** Evidence that the history of one key is not linearizable. */
export interface Violation {
  readonly key: string;
  /** Operation whose answer fits into no order of the operations called after `since`, whatever the key's value was then. */
  readonly impossible: Operation;
  /** The latest such time. */
  readonly since: number;
  /** An order of the operations called since then and answered before `impossible`: the longest linearizable prefix. */
  readonly prefix: readonly Operation[];
  /** Other operations that were under way, and are not in that order. */
  readonly unplaced: readonly Operation[];
  /** Operations called before `since` that concern the same value. */
  readonly earlier: readonly Operation[];
}

/** The search found no order, and did not prove that there is none. */
class Undecided extends Error {}

/** Maximum configurations of a search. Finding an order takes about one per step, proving that there is none takes many. */
const TRIES = { first: 20_000, window: 20_000, last: 1_000_000 };
/** Lengths of the stretches, in answers, in which a proof that there is no order is tried first. */
const WINDOWS = [32, 128, 512];
const START = Number.NEGATIVE_INFINITY;
const END = Number.POSITIVE_INFINITY;

/**
 * Returns one violation for each key whose history is not linearizable. An unknown write may or may not have happened.
 * @param initial value of a key before its first operation. @throws Undecided
 */
export const findViolations = (
  operations: readonly Operation[],
  initial: (key: string) => Value = () => undefined,
): Violation[] =>
  // each key can be checked alone: linearizability is a local property [Herlihy and Wing, Linearizability, 1990]
  [...Map.groupBy(operations, ({ key }) => key)].flatMap(([key, ofKey]) => {
    const violation = new KeyHistory(ofKey, initial(key)).violation(key);
    return violation ? [violation] : [];
  });

/** Describes a violation in some lines. */
export const explain = ({ key, impossible, since, prefix, unplaced, earlier }: Violation): string => {
  const listed = (title: string, operations: readonly Operation[]) =>
    operations.length === 0 ? [] : [title, ...operations.map((one) => `    ${inWords(one)}`)];
  return [
    `the history of ${key} is not linearizable: there is no place for`,
    `  > ${inWords(impossible)}`,
    ...listed('after', prefix.slice(-SHOWN)),
    ...listed('with these under way', unplaced.slice(0, SHOWN)),
    ...listed(`whatever was there at ${since.toFixed(3)}; before that`, earlier.slice(-SHOWN)),
  ].join('\n');
};

const SHOWN = 12;

/** A stretch of answers: the number of the answer after which it begins, -1 for none, and the number of its last answer. */
type Stretch = readonly [after: number, last: number];

/** The operations on one key. */
class KeyHistory {
  private readonly operations: readonly Operation[];
  private readonly initial: Value;
  private readonly answers: readonly Operation[];
  /** Times at which values were set for the first time. */
  private readonly setAt: ReadonlyMap<Value, number>;

  constructor(operations: readonly Operation[], initial: Value) {
    this.operations = operations;
    this.initial = initial;
    this.answers = operations.filter(isCertain).sort((a, b) => a.answeredAt - b.answeredAt);
    const setAt = new Map<Value, number>([[initial, START]]);
    for (const { sets, from } of stepsBetween(operations, START, END))
      if (sets) setAt.set(sets.value, Math.min(from, setAt.get(sets.value) ?? from));
    this.setAt = setAt;
  }

  /** Returns the key's violation; undefined if its history is linearizable. @throws Undecided */
  violation(key: string): Violation | undefined {
    const stretch = this.impossibleStretch();
    if (!stretch) return undefined;
    const [after, last] = stretch;
    const impossible = this.answers[last];
    if (!impossible) throw new RangeError(`there is no answer ${last}`);
    const since = this.timeOf(after);
    const order = this.order(after, last - 1, TRIES.window);
    const prefix = Array.isArray(order) ? order : [];
    const placed = new Set([...prefix, impossible]);
    const values = valuesOf(impossible);
    return {
      key,
      impossible,
      since,
      prefix,
      unplaced: stepsBetween(this.operations, since, impossible.answeredAt)
        .map(({ operation }) => operation)
        .filter((one) => one.calledAt > since && !placed.has(one)),
      earlier: this.operations
        .filter((one) => one.calledAt <= since && !placed.has(one))
        .filter((one) => valuesOf(one).some((value) => values.includes(value)))
        .sort((a, b) => a.calledAt - b.calledAt),
    };
  }

  /** Finds the shortest stretch without an order. Every part of a stretch with an order has one, so both ends are bisected. */
  private impossibleStretch(): Stretch | undefined {
    const window = this.impossibleWindow();
    if (!window) return undefined;
    const [from, to] = window;
    const isImpossible = (after: number, last: number) => this.order(after, last, TRIES.window) === 'none';
    const last = from + halve(to - from, (length) => isImpossible(from, from + length));
    return [last - halve(last - from, (length) => isImpossible(last - length, last)), last];
  }

  private impossibleWindow(): Stretch | undefined {
    const end = this.answers.length - 1;
    if (Array.isArray(this.order(-1, end, TRIES.first + 2 * this.operations.length))) return undefined;
    for (const length of WINDOWS) {
      for (let after = -1; after < end; after += length / 2) {
        const last = Math.min(after + length, end);
        if (this.order(after, last, TRIES.window) === 'none') return [after, last];
      }
    }
    const verdict = this.order(-1, end, TRIES.last);
    if (verdict === 'none') return [-1, end];
    if (Array.isArray(verdict)) return undefined;
    throw new Undecided(`cannot tell whether ${this.operations.length} operations on a key are linearizable`);
  }

  /** Finds an order of the operations called after one answer and answered up to another, for any initial value. */
  private order(after: number, last: number, tries: number): ReturnType<typeof findOrder> {
    const since = this.timeOf(after);
    const steps = stepsBetween(this.operations, since, this.timeOf(last));
    const asked = [...new Set(steps.flatMap(({ is }) => (is ? [is.value] : [])))];
    const setAt = (value: Value) => this.setAt.get(value) ?? END;
    const starts = asked.filter((value) => setAt(value) <= since).sort((a, b) => setAt(b) - setAt(a));
    let verdict: 'none' | 'undecided' = 'none';
    for (const start of since === START ? [this.initial] : [...starts, NOT_ASKED]) {
      const found = findOrder(steps, start, tries);
      if (Array.isArray(found)) return found;
      if (found === 'undecided') verdict = found;
    }
    return verdict;
  }

  private timeOf(answer: number): number {
    return this.answers[answer]?.answeredAt ?? START;
  }
}

/** Stands for any value that no step requires. */
const NOT_ASKED = '\0';

/** Returns the least number with a monotone property that `most` has and 0 has not. */
const halve = (most: number, has: (number: number) => boolean): number => {
  let [without, least] = [0, most];
  while (least - without > 1) {
    const middle = (without + least) >> 1;
    if (has(middle)) least = middle;
    else without = middle;
  }
  return least;
};

const isCertain = ({ outcome }: Operation): boolean => outcome.is !== 'unknown' && outcome.is !== 'never';

/**
 * Returns the steps between two moments, as far as they were known at the second one. A write that was called before the first
 * moment and answered after it may have happened between them, or before.
 */
const stepsBetween = (operations: readonly Operation[], since: number, until: number): Step[] =>
  operations.flatMap((operation): Step[] => {
    const { call, outcome, calledAt, answeredAt } = operation;
    if (outcome.is === 'never' || calledAt > until) return [];
    const isOver = isCertain(operation) && answeredAt <= until;
    if (isOver && answeredAt <= since) return [];
    const isRequired = isOver && calledAt > since;
    const at = { operation, from: Math.max(calledAt, since), ...(isRequired ? { until: answeredAt } : {}) };
    if (call.kind === 'read')
      return isRequired && outcome.is === 'seen' ? [{ ...at, is: { value: outcome.value } }] : [];
    if (outcome.is === 'refused')
      return isRequired && call.kind === 'putIf' ? [{ ...at, isNot: { value: call.expected } }] : [];
    if (call.kind === 'delete') return [{ ...at, sets: { value: undefined } }];
    const sets = { value: call.value };
    return [call.kind === 'put' ? { ...at, sets } : { ...at, sets, is: { value: call.expected } }];
  });

const valuesOf = ({ call, outcome }: Operation): string[] =>
  [
    outcome.is === 'seen' ? outcome.value : undefined,
    'value' in call ? call.value : undefined,
    'expected' in call ? call.expected : undefined,
  ].filter((value) => value !== undefined);

const inWords = ({ client, call, outcome, calledAt, answeredAt }: Operation): string => {
  const what =
    call.kind === 'read' || call.kind === 'delete'
      ? call.kind
      : call.kind === 'put'
        ? `put ${call.value}`
        : `put ${call.value} if ${call.expected ?? 'absent'}`;
  const how = outcome.is === 'seen' ? `saw ${outcome.value ?? 'nothing'}` : outcome.is;
  const end = outcome.is === 'unknown' ? '' : answeredAt.toFixed(3);
  return `[${calledAt.toFixed(3)}, ${end}] client ${client}: ${what}: ${how}`;
};
