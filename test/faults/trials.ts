import { SeededRandom } from '../../scripts/demo/random.ts';
import { type CallId, kindOf, nameOf, STREAMS } from './calls.ts';
import { faultsOf, faultsOfLast, isFault } from './faults.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import type { Plant } from './subject.ts';

/** One migration to run, with its faults. */
export interface Trial {
  readonly scenario: Scenario;
  readonly plants: readonly Plant[];
  /** Duration of slow actions, in ms. */
  readonly slowMs: number;
  /** Seed of the application's operations. */
  readonly seed: string;
}

/** The calls of each scenario in order, for each recording. */
export type RecordedCalls = ReadonlyMap<Scenario, readonly (readonly CallId[])[]>;

/** Bounds of slow actions, in ms. A frozen worker thaws before or after the end of its claim (2.5 s) or of the next attempt. */
const SLOW_MS = { least: 50, most: 6_000 };

/**
 * Returns the calls at which single faults are injected: the first call of each kind, and the last if there are several. A later
 * scenario adds only calls that earlier ones do not have.
 */
export const targetsOf = (recorded: RecordedCalls): Map<Scenario, readonly CallId[]> => {
  const known = new Set<string>();
  const targets = new Map<Scenario, readonly CallId[]>();
  for (const [scenario, recordings] of recorded) {
    const counts = recordings.map((calls) => new Map(calls.map((id) => [kindOf(id), id])));
    const [first] = counts;
    const found = [...(first?.values() ?? [])].flatMap((id) => {
      const kind = kindOf(id);
      if (known.has(kind)) return [];
      // the number of polls differs between recordings
      const least = Math.min(...counts.map((one) => one.get(kind)?.ordinal ?? 0));
      return [...new Set([1, least])].filter((n) => n > 0).map((ordinal) => ({ ...id, ordinal }));
    });
    for (const id of found) known.add(kindOf(id));
    targets.set(scenario, found);
  }
  return targets;
};

/** Returns a trial whose times depend on seed and description only, so that it can be repeated alone. */
const trialOf = (scenario: Scenario, plants: readonly Plant[], seed: string): Trial => {
  const own = `${seed} ${describeTrial({ scenario, plants })}`;
  return {
    scenario,
    plants,
    slowMs: new SeededRandom(own).between(SLOW_MS.least, SLOW_MS.most),
    seed: own,
  };
};

/** Returns a trial for every fault at every target. */
export const singles = (targets: ReadonlyMap<Scenario, readonly CallId[]>, seed: string): Trial[] =>
  [...targets].flatMap(([scenario, ids]) =>
    ids.flatMap((at) =>
      (at.ordinal === 1 ? faultsOf : faultsOfLast)(at).map((fault) =>
        trialOf(scenario, [{ at, fault }], seed),
      ),
    ),
  );

/** Returns trials with two faults each, at any two calls. */
const pairs = (recorded: RecordedCalls, random: SeededRandom, count: number, seed: string): Trial[] => {
  const all = [...recorded].flatMap(([scenario, [first = []]]) => ({
    scenario,
    // a day passes at such a moment, for the migration but not for workers with a claim
    calls: first.filter(({ operation }) => operation !== STREAMS),
  }));
  const plant = (calls: readonly CallId[]): Plant[] => {
    const at = some(calls, random);
    const fault = at && some(faultsOf(at), random);
    return at && fault ? [{ at, fault }] : [];
  };
  return Array.from({ length: count }, () => some(all, random)).flatMap((one) =>
    one ? [trialOf(one.scenario, [...plant(one.calls), ...plant(one.calls)], seed)] : [],
  );
};

/** Share of trials with one fault in a sample. The others have two. */
const SINGLE_SHARE = 0.7;

/** Chooses the trials of a campaign. */
export const choose = (
  { runs, pairs: two, only }: { runs: string; pairs: number; only: string | undefined },
  every: readonly Trial[],
  recorded: RecordedCalls,
  seed: string,
): Trial[] => {
  const random = new SeededRandom(seed);
  if (only !== undefined) return every.filter((trial) => describeTrial(trial).includes(only));
  // in random order, so that violations show early
  if (runs === 'all') return [...sample(every, every.length, random), ...pairs(recorded, random, two, seed)];
  const some = sample(every, Math.ceil(Number(runs) * SINGLE_SHARE), random);
  return [...some, ...pairs(recorded, random, Number(runs) - some.length, seed)];
};

/** Returns some elements without repetition, in random order. */
const sample = <T>(from: readonly T[], count: number, random: SeededRandom): T[] => {
  const left = [...from];
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(random.between(0, left.length - 1), 1),
  ).flat();
};

export const describeTrial = ({ scenario, plants }: Pick<Trial, 'scenario' | 'plants'>): string =>
  `${scenario.name}: ${plants.map(({ at, fault }) => `${nameOf(at)} ${fault}`).join(', ') || 'no fault'}`;

const PLANT = /^(\w+) (\w+) (\S*) #(\d+) (\w+)$/;

/** Parses a trial's description; undefined if it is none. */
export const parseTrial = (description: string, seed: string): Trial | undefined => {
  const [name, what = ''] = description.split(': ');
  const scenario = SCENARIOS.find((one) => one.name === name);
  const plants = what.split(', ').flatMap((one): Plant[] => {
    const [, state = '', operation = '', tables = '', ordinal, fault = ''] = PLANT.exec(one) ?? [];
    return isFault(fault) ? [{ at: { state, operation, tables, ordinal: Number(ordinal) }, fault }] : [];
  });
  return scenario && plants.length === what.split(', ').length ? trialOf(scenario, plants, seed) : undefined;
};

const some = <T>(from: readonly T[], random: SeededRandom): T | undefined =>
  from[random.between(0, from.length - 1)];
