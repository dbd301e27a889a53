import pLimit from 'p-limit';
import type { CallId } from './calls.ts';
import { wrongsOfOccupancy } from './invariants.ts';
import { type Outcome, runTrial } from './run.ts';
import type { Scenario } from './scenarios.ts';
import { describeTrial, type RecordedCalls, type Trial } from './trials.ts';
import { type Comparison, startWorld, type World } from './world.ts';

/** Number of runs in one database, which slows down as its streams grow. */
const RUNS_IN_A_WORLD = 20;
/** Number of concurrent runs, for two fast cores; fewer on slow ones, where writes would take too long without any fault. */
const SIDE_BY_SIDE = Number(process.env.FAULT_SIDE_BY_SIDE ?? 6);

/** Kept until the campaign ends, so it omits the calls, of which a run has hundreds. */
export interface Result extends Omit<Outcome, 'calls'> {
  readonly trial: Trial;
}

/**
 * Runs trials, some of them concurrently, with a new database after every `RUNS_IN_A_WORLD`.
 * @param tell called with each result, and with the calls of its run.
 * @param until time on the monotonic clock after which no trial begins.
 */
export const runAll = async (
  trials: readonly Trial[],
  tell: (result: Result, calls: readonly CallId[]) => void = () => {},
  until = Number.POSITIVE_INFINITY,
): Promise<Result[]> => {
  const fleet = new Fleet();
  const results = await pLimit(SIDE_BY_SIDE).map(trials, async (trial) => {
    if (performance.now() > until) return [];
    const { calls, ...result } = await fleet.run(trial);
    tell(result, calls);
    return [result];
  });
  return [...results.flat(), ...(await fleet.close())];
};

/** A world with the runs in it. */
interface Crew {
  readonly world: Promise<World>;
  readonly results: Result[];
  begun: number;
  open: number;
}

/** Starts and stops worlds as runs need them. */
class Fleet {
  readonly #crews = new Map<Comparison, Crew>();
  readonly #wrong: Result[] = [];

  async run(trial: Trial): Promise<Result & Outcome> {
    const crew = this.#crewFor(trial.scenario.comparison);
    crew.begun += 1;
    crew.open += 1;
    try {
      const result = { ...(await runTrial(await crew.world, trial)), trial };
      crew.results.push(result);
      return result;
    } finally {
      crew.open -= 1;
      if (crew.begun >= RUNS_IN_A_WORLD && crew.open === 0) await this.#retire(crew);
    }
  }

  /** Stops all worlds. @returns violations that concern a whole world, under the name of one of its runs. */
  async close(): Promise<readonly Result[]> {
    for (const crew of this.#crews.values()) if (crew.begun < RUNS_IN_A_WORLD) await this.#retire(crew);
    return this.#wrong;
  }

  #crewFor(comparison: Comparison): Crew {
    const known = this.#crews.get(comparison);
    if (known && known.begun < RUNS_IN_A_WORLD) return known;
    const crew: Crew = { world: startWorld(comparison), results: [], begun: 0, open: 0 };
    this.#crews.set(comparison, crew);
    return crew;
  }

  async #retire({ world: starting, results }: Crew): Promise<void> {
    const world = await starting;
    try {
      const left = await wrongsOfOccupancy(world);
      const [first] = results;
      if (left.length === 0 || !first) return;
      const which = results
        .filter(({ wrongs }) => wrongs.length === 0)
        .map(({ trial }) => describeTrial(trial));
      this.#wrong.push({ ...first, wrongs: left.map((one) => `${one} after one of ${which.join('; ')}`) });
    } finally {
      await world.stop();
    }
  }
}

/** Number of recordings of each scenario: the number of polls differs between runs. */
const RECORDINGS = 2;

/** Maximum recordings of a scenario, after which the machine counts as too busy. */
const MAX_RECORDINGS = 5;

/** Records the calls of migrations without faults. @throws Error if a run has a violation */
export const record = async (scenarios: readonly Scenario[]): Promise<RecordedCalls> => {
  const results: Result[] = [];
  const calls = new Map<Result, readonly CallId[]>();
  const callsIn = (result: Result): readonly CallId[] => calls.get(result) ?? [];
  const isUndisturbed = (result: Result): boolean => tookItsCourse(result, callsIn(result));
  const lacking = () =>
    scenarios.flatMap((scenario): Trial[] => {
      const undisturbed = results.filter(
        (result) => result.trial.scenario === scenario && isUndisturbed(result),
      );
      return Array.from({ length: RECORDINGS - undisturbed.length }, () => ({
        scenario,
        plants: [],
        slowMs: 0,
        seed: `recorded ${results.length}`,
      }));
    });
  for (let n = 0; n < MAX_RECORDINGS && lacking().length > 0; n += 1)
    results.push(...(await runAll(lacking(), (result, made) => calls.set(result, made))));
  const wrong = results.flatMap(({ trial, wrongs }) =>
    wrongs.map((one) => `${describeTrial(trial)}: ${one}`),
  );
  if (wrong.length > 0) throw new Error(`wrong without any fault: ${wrong.join('; ')}`);
  const callsOf = (scenario: Scenario) =>
    results.filter((result) => result.trial.scenario === scenario && isUndisturbed(result)).map(callsIn);
  const disturbed = new Set(lacking().map(({ scenario }) => scenario.name));
  if (disturbed.size > 0)
    throw new Error(`too busy a machine to record ${[...disturbed].join(', ')} undisturbed`);
  return new Map(scenarios.map((scenario) => [scenario, callsOf(scenario)]));
};

/** True if the run was undisturbed. On a busy machine a claim may end early, and the migration is rolled back without a fault. */
const tookItsCourse = ({ trial: { scenario }, retries }: Result, calls: readonly CallId[]): boolean =>
  retries === (scenario.failsIn === undefined ? 0 : 1) &&
  scenario.passes.every((state) => calls.some((call) => call.state === state));
