import { nameOf } from './calls.ts';
import type { Result } from './campaign.ts';
import { describeTrial, type RecordedCalls, type Trial } from './trials.ts';

/** Number of runs between two lines of progress. */
const EVERY = 50;

export const print = (line: string): void => {
  process.stdout.write(`faults: ${line}\n`);
};

export const tellRecorded = (
  recorded: RecordedCalls,
  identities: number,
  singles: readonly Trial[],
): void => {
  const calls = [...recorded].map(([{ name }, [first = []]]) => `${first.length} ${name}`);
  print(`${calls.length} scenarios recorded, calls: ${calls.join(', ')}`);
  const faults = Object.entries(Object.groupBy(singles, ({ plants }) => plants[0]?.fault ?? 'none'));
  print(`${identities} calls to befall, ${singles.length} single faults`);
  print(`of each kind: ${faults.map(([fault, some = []]) => `${some.length} ${fault}`).join(', ')}`);
};

/** Prints results. @param options `isChatty`: true to print each run, and not only violations and progress. */
export const tellEach = (total: number, { isChatty, seed }: { isChatty: boolean; seed: string }) => {
  let done = 0;
  return ({ trial, status, retries, failures, wrongs, ms, fired }: Result): void => {
    done += 1;
    if (isChatty || wrongs.length > 0 || done % EVERY === 0) {
      const rollbacks = failures.map((error) => `, rolled back for ${error}`).join('');
      const how = `${status}, ${retries} retries${rollbacks}, ${Math.round(ms)} ms`;
      print(`${done}/${total} ${describeTrial(trial)}: ${how}${isUnnoticed(trial, fired) ? ', MISSED' : ''}`);
    }
    for (const wrong of wrongs) print(`  ${wrong}`);
    if (wrongs.length > 0)
      print(`  again: SEED=${seed} FAULT_ONLY='${describeTrial(trial)}' npm run test:faults -- faults.test`);
  };
};

export const tellAll = (results: readonly Result[]): void => {
  const of = (is: (result: Result) => boolean) => results.filter(is).length;
  const met = new Set(results.flatMap(({ fired }) => fired.map(({ at }) => nameOf(at))));
  const faults = results.reduce((sum, { fired }) => sum + fired.length, 0);
  const ended = [...Map.groupBy(results, ({ status }) => String(status))];
  print(`${results.length} runs, ${faults} faults at ${met.size} different calls`);
  print(`ended as: ${ended.map(([status, some]) => `${some.length} ${status}`).join(', ')}`);
  const kinds = Map.groupBy(
    results.flatMap((result) => result.trial.plants.map(({ fault }) => ({ ...result, fault }))),
    ({ fault }) => fault,
  );
  const each = [...kinds].map(([fault, some]) => {
    const seconds = some.reduce((sum, { ms }) => sum + ms, 0) / some.length / 1_000;
    return `${fault} ${some.length} of ${seconds.toFixed(1)} s`;
  });
  print(`faults by kind, and how long such a run took: ${each.join(', ')}`);
  const longest = (of: (result: Result) => number) => Math.round(Math.max(0, ...results.map(of)));
  print(
    `a write took ${longest(({ longestWriteMs }) => longestWriteMs)} ms at most; a fence that only a watchdog could reopen ` +
      `lasted ${longest(({ overdueMs }) => overdueMs)} ms past its deadline at most`,
  );
  print(
    `${of(({ retries }) => retries > 0)} needed a retry, ` +
      `${of(({ wasRolledBack }) => wasRolledBack)} were rolled back, ` +
      `${of(({ trial, fired }) => isUnnoticed(trial, fired))} did not come to a call that was to fail, ` +
      `${of(({ wrongs }) => wrongs.length > 0)} are wrong`,
  );
};

const isUnnoticed = ({ plants }: Trial, fired: Result['fired']): boolean => fired.length < plants.length;
