import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Call, Operation, Outcome, Value } from './history.ts';
import { explain, findViolations } from './linearizability.ts';

const KEY = 'STUDENT#1';
let client = 0;
const operation = (calledAt: number, answeredAt: number, call: Call, outcome: Outcome): Operation => {
  client += 1;
  return { key: KEY, client, call, calledAt, answeredAt, outcome };
};
const read = (from: number, to: number, value: Value) =>
  operation(from, to, { kind: 'read' }, { is: 'seen', value });
const put = (from: number, to: number, value: string, is: 'written' | 'unknown' | 'never' = 'written') =>
  operation(from, to, { kind: 'put', value }, { is });
const remove = (from: number, to: number, is: 'written' | 'unknown' = 'written') =>
  operation(from, to, { kind: 'delete' }, { is });
const putIf = (
  from: number,
  to: number,
  expected: Value,
  value: string,
  is: 'written' | 'refused' | 'unknown' = 'written',
) => operation(from, to, { kind: 'putIf', expected, value }, { is });

const isLinearizable = (operations: readonly Operation[], initial?: Value): boolean =>
  findViolations(operations, () => initial).length === 0;

describe('linearizable', () => {
  test.each<[string, Operation[]]>([
    ['nothing', []],
    ['a read of an absent key', [read(0, 1, undefined)]],
    ['one after the other', [put(0, 1, 'a'), read(2, 3, 'a'), remove(4, 5), read(6, 7, undefined)]],
    [
      'a read concurrent with a put sees the old value',
      [put(0, 9, 'a'), read(1, 2, undefined), read(3, 4, 'a')],
    ],
    ['concurrent puts, in the order that reads saw', [put(0, 9, 'a'), put(0, 9, 'b'), read(2, 3, 'b')]],
    [
      'an update that is refused after another one',
      [putIf(0, 9, undefined, 'a'), putIf(1, 8, undefined, 'b', 'refused')],
    ],
    ['an unknown put that never takes effect', [put(0, 1, 'a'), put(2, 3, 'b', 'unknown'), read(4, 5, 'a')]],
    [
      'an unknown put that takes effect late',
      [
        put(0, 1, 'a'),
        put(2, 3, 'b', 'unknown'),
        read(4, 5, 'a'),
        put(6, 7, 'c'),
        read(8, 9, 'c'),
        read(10, 11, 'b'),
      ],
    ],
    [
      'an unknown delete that takes effect late',
      [put(0, 1, 'a'), remove(2, 3, 'unknown'), read(4, 5, 'a'), read(6, 7, undefined)],
    ],
    [
      'an unknown update that succeeds late',
      [put(0, 1, 'a'), putIf(2, 3, 'b', 'c', 'unknown'), put(4, 5, 'b'), read(6, 7, 'b'), read(8, 9, 'c')],
    ],
    [
      'one unknown update after another',
      [
        putIf(0, 1, 'b', 'c', 'unknown'),
        putIf(0, 1, 'a', 'b', 'unknown'),
        put(0, 1, 'a', 'unknown'),
        read(2, 3, 'c'),
      ],
    ],
    [
      'an update refused because of an unknown put that no read saw',
      [put(0, 1, 'a'), put(2, 3, 'b', 'unknown'), putIf(4, 5, 'a', 'c', 'refused')],
    ],
    ['a put that failed for certain', [put(0, 1, 'a', 'never'), read(2, 3, undefined)]],
    ['operations that meet at one moment are concurrent', [put(0, 1, 'a'), read(1, 2, undefined)]],
  ])('%s', (_, operations) => {
    expect(findViolations(operations).map(explain)).toEqual([]);
  });

  test('a key starts with what it held before', () => {
    const operations = [read(0, 1, 'a'), putIf(2, 3, 'a', 'b')];
    expect(isLinearizable(operations, 'a')).toBe(true);
    expect(isLinearizable(operations)).toBe(false);
  });

  test('keys are independent of each other', () => {
    const other = [put(0, 1, 'x'), read(2, 3, undefined)].map((one) => ({ ...one, key: 'STUDENT#2' }));
    expect(findViolations([put(0, 1, 'a'), ...other, read(2, 3, 'a')]).map(({ key }) => key)).toEqual([
      'STUDENT#2',
    ]);
  });
});

describe('not linearizable', () => {
  test.each<[string, Operation[], impossible: number]>([
    ['a stale read', [put(0, 1, 'a'), put(2, 3, 'b'), read(4, 5, 'a')], 2],
    ['a lost put', [put(0, 1, 'a'), read(2, 3, undefined)], 1],
    ['reads that go back', [put(0, 9, 'a'), read(1, 2, 'a'), read(3, 4, undefined)], 2],
    [
      'a lost update',
      [put(0, 1, 'a'), putIf(2, 3, 'a', 'b'), put(4, 5, 'c'), read(6, 7, 'c'), read(8, 9, 'b')],
      4,
    ],
    ['two updates of one value', [put(0, 1, 'a'), putIf(2, 9, 'a', 'b'), putIf(2, 8, 'a', 'c')], 1],
    ['two creations', [putIf(0, 2, undefined, 'a'), putIf(0, 1, undefined, 'b')], 0],
    ['an update refused without a reason', [put(0, 1, 'a'), putIf(2, 3, 'a', 'b', 'refused')], 1],
    [
      'a deleted value that comes back',
      [put(0, 1, 'a'), remove(2, 3), read(4, 5, undefined), read(6, 7, 'a')],
      3,
    ],
    ['a value from the future', [read(0, 1, 'a'), put(2, 3, 'a')], 0],
    ['a value that no client wrote', [put(0, 1, 'a'), read(0, 2, 'b')], 1],
    ['a put that failed for certain, seen', [put(0, 1, 'a', 'never'), read(2, 3, 'a')], 1],
    [
      'an unknown put that takes effect twice',
      [put(0, 1, 'a', 'unknown'), read(2, 3, 'a'), put(4, 5, 'b'), read(6, 7, 'a')],
      3,
    ],
    [
      'an unknown update of a value that was never there',
      [putIf(0, 1, 'x', 'a', 'unknown'), read(2, 3, 'a')],
      1,
    ],
    ['an unknown put seen before its call', [read(0, 1, 'a'), put(2, 3, 'a', 'unknown')], 0],
  ])('%s', (_, operations, impossible) => {
    const [violation] = findViolations(operations);
    expect(violation?.impossible).toBe(operations[impossible]);
  });

  test('the explanation shows the order so far, and the operation that has no place in it', () => {
    const stale = { ...read(4.5, 5, 'a'), client: 3 };
    const operations = [
      { ...put(0, 1, 'a'), client: 1 },
      { ...put(2, 3, 'b'), client: 2 },
      stale,
      { ...put(4, 6, 'c'), client: 4 },
      { ...put(7, 8, 'd'), client: 5 },
    ];
    const [violation] = findViolations(operations);
    expect(violation).toEqual({
      key: KEY,
      impossible: stale,
      since: 1,
      prefix: operations.slice(1, 2),
      unplaced: operations.slice(3, 4),
      earlier: operations.slice(0, 1),
    });
    expect(violation && explain(violation)).toBe(
      [
        'the history of STUDENT#1 is not linearizable: there is no place for',
        '  > [4.500, 5.000] client 3: read: saw a',
        'after',
        '    [2.000, 3.000] client 2: put b: written',
        'with these under way',
        '    [4.000, 6.000] client 4: put c: written',
        'whatever was there at 1.000; before that',
        '    [0.000, 1.000] client 1: put a: written',
      ].join('\n'),
    );
  });
});

describe('a register that executes one operation at a time', () => {
  /** An operation to be run: how long the client waits first, until it takes effect, and until it is answered. */
  interface PlacementRequest {
    readonly pause: number;
    readonly delay: number;
    readonly answer: number;
    readonly kind: Call['kind'];
    /** For an update: the expected value, relative to the key's value at the call. */
    readonly guess: 'right' | 'absent' | 'wrong';
    readonly end: 'known' | 'cut off' | 'lost';
  }
  const wish: fc.Arbitrary<PlacementRequest> = fc.record({
    pause: fc.nat({ max: 10 }),
    delay: fc.oneof(
      { weight: 9, arbitrary: fc.nat({ max: 10 }) },
      { weight: 1, arbitrary: fc.nat({ max: 200 }) },
    ),
    answer: fc.nat({ max: 10 }),
    kind: fc.constantFrom('read', 'read', 'put', 'delete', 'putIf', 'putIf'),
    guess: fc.constantFrom('right', 'right', 'absent', 'wrong'),
    end: fc.oneof(
      { weight: 9, arbitrary: fc.constant('known' as const) },
      { weight: 1, arbitrary: fc.constantFrom('cut off' as const, 'lost' as const) },
    ),
  });
  const clients = (maxLength: number) =>
    fc.array(fc.array(wish, { maxLength }), { minLength: 1, maxLength: 10 });

  /** Runs the clients' operations concurrently in simulated time. */
  const run = (wishes: readonly (readonly PlacementRequest[])[]): Operation[] => {
    let held: Value;
    let values = 0;
    const operations: Operation[] = [];
    const events: { readonly at: number; readonly happens: () => void }[] = [];
    const later = (at: number, happens: () => void) => events.push({ at, happens });

    const callOf = ({ kind, guess }: PlacementRequest): Call => {
      if (kind === 'read' || kind === 'delete') return { kind };
      values += 1;
      const value = `v${values}`;
      if (kind === 'put') return { kind, value };
      return { kind, value, expected: guess === 'right' ? held : guess === 'absent' ? undefined : 'wrong' };
    };
    const effect = (call: Call): Outcome => {
      if (call.kind === 'read') return { is: 'seen', value: held };
      if (call.kind === 'putIf' && held !== call.expected) return { is: 'refused' };
      held = call.kind === 'delete' ? undefined : call.value;
      return { is: 'written' };
    };
    const start = (number: number, [first, ...rest]: readonly PlacementRequest[], now: number): void => {
      if (!first) return;
      const calledAt = now + first.pause;
      later(calledAt, () => {
        const call = callOf(first);
        const end = (answeredAt: number, outcome: Outcome) => {
          operations.push({ key: KEY, client: number, call, calledAt, answeredAt, outcome });
          start(number, rest, answeredAt);
        };
        const happensAt = calledAt + first.delay;
        const answeredAt = happensAt + first.answer;
        if (first.end === 'lost') return later(answeredAt, () => end(answeredAt, { is: 'unknown' }));
        later(happensAt, () => {
          const outcome = effect(call);
          if (first.end === 'known') later(answeredAt, () => end(answeredAt, outcome));
        });
        const cutOffAt = calledAt + first.answer;
        if (first.end === 'cut off') later(cutOffAt, () => end(cutOffAt, { is: 'unknown' }));
      });
    };
    for (const [number, wishesOfOne] of wishes.entries()) start(number, wishesOfOne, 0);
    for (;;) {
      const next = events.reduce((a, b, n) => (b.at < (events[a]?.at ?? 0) ? n : a), 0);
      const [event] = events.splice(next, 1);
      if (!event) return operations;
      event.happens();
    }
  };

  test('is always accepted', () => {
    fc.assert(
      fc.property(clients(40), (wishes) => {
        expect(findViolations(run(wishes)).map(explain)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('is distinguished from a faulty one by one read among thousands of operations', () => {
    const many = fc.array(fc.array(wish, { minLength: 400, maxLength: 400 }), {
      minLength: 10,
      maxLength: 10,
    });
    const [wishes = []] = fc.sample(many, { seed: 1, numRuns: 1 });
    const operations = run(wishes);
    expect(operations).toHaveLength(4_000);
    expect(findViolations(operations).map(explain)).toEqual([]);
    const reads = operations.filter(({ outcome }) => outcome.is === 'seen');
    const spoilt = reads[Math.floor(reads.length * 0.9)];
    const seen: Outcome = { is: 'seen', value: 'never written' };
    const mutated = operations.map((one) => (one === spoilt ? { ...one, outcome: seen } : one));
    const [violation] = findViolations(mutated);
    expect(violation?.impossible.answeredAt).toBe(spoilt?.answeredAt);
    expect([...(violation?.unplaced ?? []), violation?.impossible].map((one) => one?.outcome)).toContain(
      seen,
    );
  });

  /** Returns values that the read `at` cannot have seen, since each put writes a unique value. */
  const impossibleFor = (operations: readonly Operation[], at: Operation): string[] => {
    const writes = operations.flatMap((one) =>
      'value' in one.call && one.outcome.is === 'written' ? [{ ...one, value: one.call.value }] : [],
    );
    const future = writes.filter(({ calledAt }) => calledAt > at.answeredAt);
    const gone = writes.filter((write) =>
      writes.some((next) => next.calledAt > write.answeredAt && next.answeredAt < at.calledAt),
    );
    const refused = operations.flatMap(({ call, outcome }) =>
      'value' in call && outcome.is === 'refused' ? [call.value] : [],
    );
    return ['never written', ...[...future, ...gone].map(({ value }) => value), ...refused];
  };

  test('is rejected once a read has returned an impossible value', () => {
    fc.assert(
      fc.property(clients(40), fc.nat(), fc.nat(), (wishes, which, what) => {
        const operations = run(wishes);
        const reads = operations.filter(({ outcome }) => outcome.is === 'seen');
        const spoilt = reads[which % Math.max(1, reads.length)];
        fc.pre(spoilt !== undefined);
        const values = impossibleFor(operations, spoilt);
        const seen: Outcome = { is: 'seen', value: values[what % values.length] };
        const mutated = operations.map((one) => (one === spoilt ? { ...one, outcome: seen } : one));
        expect(findViolations(mutated)).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a search through every order', () => {
  /** True if the operations can follow `held`, each at a point where no other one must come first. */
  const canFollow = (held: Value, left: readonly Operation[]): boolean =>
    left.every(({ outcome }) => outcome.is === 'unknown' || outcome.is === 'never') ||
    left.some((one) => {
      const { call, outcome, calledAt } = one;
      const rest = left.filter((other) => other !== one);
      if (outcome.is === 'never') return false;
      const isTooEarly = rest.some(
        (other) =>
          other.outcome.is !== 'unknown' && other.outcome.is !== 'never' && other.answeredAt < calledAt,
      );
      if (isTooEarly) return false;
      if (outcome.is === 'seen') return outcome.value === held && canFollow(held, rest);
      if (outcome.is === 'refused')
        return call.kind === 'putIf' && call.expected !== held && canFollow(held, rest);
      if (call.kind === 'read') return canFollow(held, rest);
      if (call.kind === 'putIf' && call.expected !== held)
        return outcome.is === 'unknown' && canFollow(held, rest);
      return canFollow(call.kind === 'delete' ? undefined : call.value, rest);
    });

  const value = fc.constantFrom('a', 'b', 'c');
  const held = fc.option(value, { nil: undefined });
  const end = fc.constantFrom<Outcome>(
    { is: 'written' },
    { is: 'written' },
    { is: 'unknown' },
    { is: 'never' },
  );
  const wish: fc.Arbitrary<readonly [Call, Outcome]> = fc.oneof(
    fc.tuple(
      fc.constant<Call>({ kind: 'read' }),
      held.map((seen): Outcome => ({ is: 'seen', value: seen })),
    ),
    fc.tuple(
      value.map((written): Call => ({ kind: 'put', value: written })),
      end,
    ),
    fc.tuple(fc.constant<Call>({ kind: 'delete' }), end),
    fc.tuple(
      fc.record({ kind: fc.constant('putIf' as const), expected: held, value }),
      fc.oneof(end, fc.constant<Outcome>({ is: 'refused' })),
    ),
  );
  const histories = fc.array(
    fc
      .tuple(wish, fc.nat({ max: 12 }), fc.nat({ max: 6 }))
      .map(([[call, outcome], from, length]) => operation(from, from + length, call, outcome)),
    { maxLength: 6 },
  );

  test('agrees', () => {
    const verdicts = new Map<boolean, number>();
    fc.assert(
      fc.property(histories, held, (operations, initial) => {
        const expected = canFollow(initial, operations);
        verdicts.set(expected, (verdicts.get(expected) ?? 0) + 1);
        expect(isLinearizable(operations, initial)).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
    // the comparison would prove nothing if all histories had the same verdict
    expect(verdicts.get(true)).toBeGreaterThan(500);
    expect(verdicts.get(false)).toBeGreaterThan(500);
  });
});
