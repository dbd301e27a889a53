import type { SeededRandom } from '../../scripts/demo/random.ts';
import { type CallId, kindOf, nameOf } from './calls.ts';
import { faultsOf, faultsOfLast } from './faults.ts';
import type { Scenario } from './scenarios.ts';
import type { Plant } from './subject.ts';

/** One migration to come, with what befalls it. */
export interface Trial {
  readonly scenario: Scenario;
  readonly plants: readonly Plant[];
  /** How long something takes that takes its time, in ms. */
  readonly slowMs: number;
}

/** The calls of each scenario, in their order, as often as it was recorded. */
export type Recorded = ReadonlyMap<Scenario, readonly (readonly CallId[])[]>;

/** A worker that freezes thaws before, at or after the end of its claim (2.5 s), or when the next attempt is through. */
const SLOW_MS = { least: 50, most: 6_000 };

/**
 * The calls that faults befall one by one: of each kind the first, and the last where there are several. A later scenario
 * adds what the earlier ones have not.
 */
export const targetsOf = (recorded: Recorded): Map<Scenario, readonly CallId[]> => {
  const known = new Set<string>();
  const targets = new Map<Scenario, readonly CallId[]>();
  for (const [scenario, recordings] of recorded) {
    const counts = recordings.map((calls) => new Map(calls.map((id) => [kindOf(id), id])));
    const [first] = counts;
    const found = [...(first?.values() ?? [])].flatMap((id) => {
      const kind = kindOf(id);
      if (known.has(kind)) return [];
      // how often something is looked at differs from one run to the next
      const least = Math.min(...counts.map((one) => one.get(kind)?.ordinal ?? 0));
      return [...new Set([1, least])].filter((n) => n > 0).map((ordinal) => ({ ...id, ordinal }));
    });
    for (const id of found) known.add(kindOf(id));
    targets.set(scenario, found);
  }
  return targets;
};

/** Every fault at every target. */
export const singles = (targets: ReadonlyMap<Scenario, readonly CallId[]>, random: SeededRandom): Trial[] =>
  [...targets].flatMap(([scenario, ids]) =>
    ids.flatMap((at) =>
      (at.ordinal === 1 ? faultsOf : faultsOfLast)(at).map((fault) => ({
        scenario,
        plants: [{ at, fault }],
        slowMs: slow(random),
      })),
    ),
  );

/** Two faults each, at any two calls. */
const pairs = (recorded: Recorded, random: SeededRandom, count: number): Trial[] => {
  const all = [...recorded].flatMap(([scenario, [calls = []]]) => ({ scenario, calls }));
  const plant = (calls: readonly CallId[]): Plant[] => {
    const at = some(calls, random);
    const fault = at && some(faultsOf(at), random);
    return at && fault ? [{ at, fault }] : [];
  };
  return Array.from({ length: count }, () => some(all, random)).flatMap((one) =>
    one
      ? [
          {
            scenario: one.scenario,
            plants: [...plant(one.calls), ...plant(one.calls)],
            slowMs: slow(random),
          },
        ]
      : [],
  );
};

/** Of a sample, what has one fault; the rest has two. */
const SINGLE_SHARE = 0.7;

/** What is tried. */
export const choose = (
  { runs, pairs: two, only }: { runs: string; pairs: number; only: string | undefined },
  every: readonly Trial[],
  recorded: Recorded,
  random: SeededRandom,
): Trial[] => {
  if (only !== undefined) return every.filter((trial) => describeTrial(trial).includes(only));
  // in any order, so that what is wrong shows early
  if (runs === 'all') return [...sample(every, every.length, random), ...pairs(recorded, random, two)];
  const some = sample(every, Math.ceil(Number(runs) * SINGLE_SHARE), random);
  return [...some, ...pairs(recorded, random, Number(runs) - some.length)];
};

/** Some of them, without repetition, in the order of a lottery. */
const sample = <T>(from: readonly T[], count: number, random: SeededRandom): T[] => {
  const left = [...from];
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(random.between(0, left.length - 1), 1),
  ).flat();
};

export const describeTrial = ({ scenario, plants }: Pick<Trial, 'scenario' | 'plants'>): string =>
  `${scenario.name}: ${plants.map(({ at, fault }) => `${nameOf(at)} ${fault}`).join(', ') || 'no fault'}`;

const some = <T>(from: readonly T[], random: SeededRandom): T | undefined =>
  from[random.between(0, from.length - 1)];
const slow = (random: SeededRandom) => random.between(SLOW_MS.least, SLOW_MS.most);
