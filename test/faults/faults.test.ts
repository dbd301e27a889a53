import { expect, test } from 'vitest';
import { SeededRandom } from '../../scripts/demo/random.ts';
import { record, runAll } from './campaign.ts';
import { print, tellAll, tellEach, tellRecorded } from './event-stream.ts';
import { FOUND } from './found.ts';
import { Plan } from './plan.ts';
import { SCENARIOS } from './scenarios.ts';
import { choose, describeTrial, parseTrial, singles, type Trial, targetsOf } from './trials.ts';

/** `all`, or the number of runs to draw. */
const RUNS = process.env.FAULT_RUNS ?? '20';
/** Number of runs with two faults, in addition to all runs with one. */
const PAIRS = Number(process.env.FAULT_PAIRS ?? '300');
/** A trial as it was printed, or a part of the descriptions of the faults to try, e.g. `CutOver TransactWriteItems`. */
const ONLY = process.env.FAULT_ONLY;
/** File with the state of the campaign, from which an interrupted campaign resumes. */
const DONE = process.env.FAULT_DONE;
/** Number of the remaining runs to do now. */
const SLICE = Number(process.env.FAULTS ?? 'Infinity');
/** Time after which no run begins, in minutes. */
const MINUTES = Number(process.env.FAULT_MINUTES ?? 'Infinity');
/** Part of this process, e.g. `1/2`, if several share a campaign by the same seed, each with its own file. */
const [PART = 1, PARTS = 1] = (process.env.FAULT_PART ?? '1/1').split('/').map(Number);
const isMine = (trial: Trial): boolean => new SeededRandom(describeTrial(trial)).between(1, PARTS) === PART;
/** Time-out of the whole campaign, in ms. */
const ALL_OF_IT = 6 * 60 * 60_000;

/** Draws the trials, after recording a migration of each kind without faults. */
const draw = async (
  seed: string,
): Promise<{ readonly found: readonly Trial[]; readonly drawn: readonly Trial[] }> => {
  const single = ONLY === undefined ? undefined : parseTrial(ONLY, seed);
  if (single) return { found: [], drawn: [single] };
  const recorded = await record(SCENARIOS);
  const targets = targetsOf(recorded);
  const every = singles(targets, seed);
  tellRecorded(recorded, [...targets.values()].flat().length, every);
  const isSample = RUNS !== 'all' && ONLY === undefined;
  const found = isSample ? [] : FOUND.filter((trial) => describeTrial(trial).includes(ONLY ?? ''));
  return { found, drawn: choose({ runs: RUNS, pairs: PAIRS, only: ONLY }, every, recorded, seed) };
};

test('after every fault, single or in pairs, a retry completes the migration or it is rolled back, and I1 to I6 hold', {
  timeout: ALL_OF_IT,
}, async () => {
  const until = performance.now() + MINUTES * 60_000;
  const plan = DONE === undefined ? undefined : new Plan(DONE);
  const seed = plan?.seed ?? process.env.SEED ?? String(Date.now());
  print(`seed ${seed}`);
  // trials that found a bug once have their own times, and come first
  const all = plan?.seed === undefined ? await draw(seed) : { found: [], drawn: [] };
  const [found, drawn] = [all.found.filter(isMine), all.drawn.filter(isMine)];
  if (plan && plan.seed === undefined) plan.begin(seed, drawn);
  const { trials, done } = plan?.left() ?? { trials: drawn, done: 0 };
  if (done > 0) print(`${done} went well before`);
  const now = [...found, ...trials].slice(0, SLICE);
  const tell = tellEach(now.length, { isChatty: ONLY !== undefined, seed });
  const results = await runAll(
    now,
    (result) => {
      tell(result);
      if (result.wrongs.length === 0 && trials.includes(result.trial)) plan?.note(result.trial);
    },
    until,
  );
  tellAll(results);
  const left = found.length + trials.length - results.filter(({ wrongs }) => wrongs.length === 0).length;
  if (left > 0) print(`${left} are left${plan ? ': the same command goes on with them' : ''}`);
  const wrong = results.filter(({ wrongs }) => wrongs.length > 0);
  expect(wrong.map(({ trial, wrongs }) => [describeTrial(trial), ...wrongs])).toEqual([]);
});
