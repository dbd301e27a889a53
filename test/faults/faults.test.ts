import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SeededRandom } from '../../scripts/demo/random.ts';
import { record, runAll } from './campaign.ts';
import { FOUND } from './found.ts';
import { SCENARIOS } from './scenarios.ts';
import { print, tellAll, tellEach, tellRecorded } from './telling.ts';
import { choose, describeTrial, singles, targetsOf } from './trials.ts';

/** `all`, or how many runs are drawn. */
const RUNS = process.env.FAULT_RUNS ?? '20';
/** Runs with two faults beside all with one. */
const PAIRS = Number(process.env.FAULT_PAIRS ?? '300');
/** Only faults whose description holds this, e.g. `CutOver TransactWriteItems`. */
const ONLY = process.env.FAULT_ONLY;
/** A file that keeps what went well, so that a campaign that was stopped goes on where it was. */
const DONE = process.env.FAULT_DONE;
/** ms */
const ALL_OF_IT = 6 * 60 * 60_000;

test('whatever fails, one by one and in pairs: a retry completes it or it is rolled back, and I1 to I6 hold', {
  timeout: ALL_OF_IT,
}, async () => {
  const seed = process.env.SEED ?? String(Date.now());
  print(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const recorded = await record(SCENARIOS);
  const targets = targetsOf(recorded);
  const every = singles(targets, random);
  tellRecorded(recorded, [...targets.values()].flat().length, every.length);
  const isSample = RUNS !== 'all' && ONLY === undefined;
  const found = isSample ? [] : FOUND.filter((trial) => describeTrial(trial).includes(ONLY ?? ''));
  const chosen = [...found, ...choose({ runs: RUNS, pairs: PAIRS, only: ONLY }, every, recorded, random)];
  const done = new Set(DONE !== undefined && existsSync(DONE) ? readFileSync(DONE, 'utf8').split('\n') : []);
  const left = chosen.filter((trial) => !done.has(describeTrial(trial)));
  if (left.length < chosen.length) print(`${chosen.length - left.length} went well before`);
  const tell = tellEach(left.length, ONLY !== undefined);
  const results = await runAll(left, (result) => {
    tell(result);
    if (DONE !== undefined && result.wrongs.length === 0)
      appendFileSync(DONE, `${describeTrial(result.trial)}\n`);
  });
  tellAll(results);
  const wrong = results.filter(({ wrongs }) => wrongs.length > 0);
  expect(wrong.map(({ trial, wrongs }) => [describeTrial(trial), ...wrongs])).toEqual([]);
});
