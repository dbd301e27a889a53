import pLimit from 'p-limit';
import { wrongsOfOccupancy } from './invariants.ts';
import { type Outcome, runTrial } from './run.ts';
import type { Scenario } from './scenarios.ts';
import { describeTrial, type Recorded, type Trial } from './trials.ts';
import { type Comparison, startWorld } from './world.ts';

/** Runs on one engine, about: it slows down with the records of its streams. */
const RUNS_IN_A_WORLD = 100;
const SIDE_BY_SIDE = 10;

export interface Result extends Outcome {
  readonly trial: Trial;
}

/** Runs all trials, some side by side, with a fresh engine now and then. @param tell told of each that is over. */
export const runAll = async (
  trials: readonly Trial[],
  tell: (result: Result) => void = () => {},
): Promise<Result[]> => {
  const results: Result[] = [];
  for (let n = 0; n < trials.length; n += 2 * RUNS_IN_A_WORLD) {
    const some = trials.slice(n, n + 2 * RUNS_IN_A_WORLD);
    for (const [comparison, alike] of Map.groupBy(some, ({ scenario }) => scenario.comparison))
      results.push(...(await runInWorld(comparison, alike, tell)));
  }
  return results;
};

/** How often each scenario is recorded: how often something is looked at differs from one run to the next. */
const RECORDINGS = 2;

/** Recordings of a scenario after which the machine is too busy to record it. */
const MOST_RECORDINGS = 5;

/** Migrates without any fault. @throws Error where something is wrong all the same. */
export const record = async (scenarios: readonly Scenario[]): Promise<Recorded> => {
  const results: Result[] = [];
  const lacking = () =>
    scenarios.flatMap((scenario): Trial[] => {
      const undisturbed = results.filter(
        (result) => result.trial.scenario === scenario && tookItsCourse(result),
      );
      return Array.from({ length: RECORDINGS - undisturbed.length }, () => ({
        scenario,
        plants: [],
        slowMs: 0,
      }));
    });
  for (let n = 0; n < MOST_RECORDINGS && lacking().length > 0; n += 1)
    results.push(...(await runAll(lacking())));
  const wrong = results.flatMap(({ trial, wrongs }) =>
    wrongs.map((one) => `${describeTrial(trial)}: ${one}`),
  );
  if (wrong.length > 0) throw new Error(`wrong without any fault: ${wrong.join('; ')}`);
  const callsOf = (scenario: Scenario) =>
    results
      .filter((result) => result.trial.scenario === scenario && tookItsCourse(result))
      .map(({ subject }) => subject.calls);
  const disturbed = new Set(lacking().map(({ scenario }) => scenario.name));
  if (disturbed.size > 0)
    throw new Error(`too busy a machine to record ${[...disturbed].join(', ')} undisturbed`);
  return new Map(scenarios.map((scenario) => [scenario, callsOf(scenario)]));
};

/** On a machine that is too busy a claim runs out, and the migration is rolled back without any fault of ours. */
const tookItsCourse = ({ trial: { scenario }, retries, subject }: Result): boolean =>
  retries === (scenario.failsIn === undefined ? 0 : 1) &&
  scenario.passes.every((state) => subject.calls.some((call) => call.state === state));

const runInWorld = async (
  comparison: Comparison,
  trials: readonly Trial[],
  tell: (result: Result) => void,
): Promise<Result[]> => {
  const world = await startWorld(comparison);
  const limit = pLimit(SIDE_BY_SIDE);
  try {
    const results = await Promise.all(
      trials.map((trial) =>
        limit(async () => {
          const outcome = await runTrial(world, trial);
          const result = { ...outcome, trial };
          tell(result);
          return result;
        }),
      ),
    );
    const left = await wrongsOfOccupancy(world);
    const [first] = results;
    if (left.length === 0 || !first) return results;
    const which = results
      .filter(({ wrongs }) => wrongs.length === 0)
      .map(({ trial }) => describeTrial(trial));
    return [...results, { ...first, wrongs: left.map((one) => `${one} after one of ${which.join('; ')}`) }];
  } finally {
    await world.stop();
  }
};
