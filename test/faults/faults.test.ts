import { expect, test } from 'vitest';
import { SeededRandom } from '../../scripts/demo/random.ts';
import { record, runAll } from './campaign.ts';
import { FOUND } from './found.ts';
import { Plan } from './plan.ts';
import { SCENARIOS } from './scenarios.ts';
import { print, tellAll, tellEach, tellRecorded } from './telling.ts';
import { choose, describeTrial, parseTrial, singles, type Trial, targetsOf } from './trials.ts';

/** `all`, or how many runs are drawn. */
const RUNS = process.env.FAULT_RUNS ?? '20';
/** Runs with two faults beside all with one. */
const PAIRS = Number(process.env.FAULT_PAIRS ?? '300');
/** One trial as it was printed, or only faults whose description holds this, e.g. `CutOver TransactWriteItems`. */
const ONLY = process.env.FAULT_ONLY;
/** A file that keeps the campaign, so that one that was stopped goes on where it was. */
const DONE = process.env.FAULT_DONE;
/** How many of what is left are run now. */
const SLICE = Number(process.env.FAULTS ?? 'Infinity');
/** For how long runs are begun, in minutes. */
const MINUTES = Number(process.env.FAULT_MINUTES ?? 'Infinity');
/** One of several processes that share a campaign by the same seed, each with a file of its own, e.g. `1/2`. */
const [PART = 1, PARTS = 1] = (process.env.FAULT_PART ?? '1/1').split('/').map(Number);
const isMine = (trial: Trial): boolean => new SeededRandom(describeTrial(trial)).between(1, PARTS) === PART;
/** ms */
const ALL_OF_IT = 6 * 60 * 60_000;

/** Draws what is to be tried; that takes a migration of each kind without any fault. */
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

test('whatever fails, one by one and in pairs: a retry completes it or it is rolled back, and I1 to I6 hold', {
  timeout: ALL_OF_IT,
}, async () => {
  const until = performance.now() + MINUTES * 60_000;
  const plan = DONE === undefined ? undefined : new Plan(DONE);
  const seed = plan?.seed ?? process.env.SEED ?? String(Date.now());
  print(`seed ${seed}`);
  // what was wrong once has times of its own, and comes first, once
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
