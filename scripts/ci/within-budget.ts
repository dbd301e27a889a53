/**
 * Runs a test command and checks its CPU time against the budget.
 *
 *     node scripts/ci/within-budget.ts [--budget LOOPS] [--report FILE] -- npm test
 *
 * `--report` names the file of Vitest's JSON reporter, from which the most expensive files are read. Exits with the command's
 * own code if that is not 0, and with 1 if the budget was exceeded. Linux only: it reads /proc.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { type CpuMeasurement, judgeBudget, NPM_TEST_BUDGET } from './cpu-budget.ts';

const CALIBRATION = fileURLToPath(new URL('calibration-loop.ts', import.meta.url));
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

const Report = z.object({
  testResults: z.array(z.object({ name: z.string(), startTime: z.number(), endTime: z.number() })),
});

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time of all descendants that have ended, in s. [proc_pid_stat(5): cutime, cstime] */
const cpuOfDescendants = (): number => {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // the second field, the program's name, may contain spaces
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
};

const run = async ([program = '', ...args]: readonly string[]): Promise<number> => {
  const [code] = (await once(spawn(program, args, { stdio: 'inherit' }), 'exit')) as [number | null];
  return code ?? 1;
};

/**
 * Runs two loops at once, like two test workers: cores that share hardware slow each other down.
 * @returns CPU time of one, in s.
 */
const calibrate = async (): Promise<number> => {
  const before = cpuOfDescendants();
  await Promise.all([run([process.execPath, CALIBRATION]), run([process.execPath, CALIBRATION])]);
  return (cpuOfDescendants() - before) / 2;
};

const filesIn = (report: string | undefined): CpuMeasurement['files'] => {
  if (report === undefined || !existsSync(report)) return [];
  return Report.parse(JSON.parse(readFileSync(report, 'utf8'))).testResults.map(
    ({ name, startTime, endTime }) => ({ name: relative(PROJECT, name), ms: endTime - startTime }),
  );
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { budget: { type: 'string' }, report: { type: 'string' } },
});

// calibrate before and after, since other work may change the machine's speed in between
const first = await calibrate();
const before = cpuOfDescendants();
const code = await run(positionals);
const cpuSeconds = cpuOfDescendants() - before;
const calibrationSeconds = (first + (await calibrate())) / 2;
const verdict = judgeBudget(
  { cpuSeconds, calibrationSeconds, files: filesIn(values.report) },
  values.budget === undefined ? NPM_TEST_BUDGET : Number(values.budget),
);
for (const line of verdict.lines) process.stdout.write(`${line}\n`);
process.exitCode = code === 0 && !verdict.isWithin ? 1 : code;
