import { cpus, loadavg } from 'node:os';
import { percentile } from '../percentile.ts';

/** Prints lines of the result. */
export const say = (...lines: readonly string[]): void => {
  for (const line of lines) process.stdout.write(`${line}\n`);
};

/** Prints progress, apart from the result. */
export const report = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Describes the machine and how busy it is now: times of different machines cannot be compared. */
export const machine = (): string => {
  const [model = { model: 'unknown processor' }] = cpus();
  const load = loadavg()
    .map((one) => one.toFixed(1))
    .join(', ');
  return `${cpus().length} cores of ${model.model.trim()}, Node ${process.versions.node}, load ${load}`;
};

const ms = (value: number): string => `${Math.round(value)} ms`;

/** Words for a measured figure beside its limit. */
export const beside = (value: number, limit: number, unit: string): string =>
  `${Math.round(value * 10) / 10} ${unit}, ${value <= limit ? 'within' : 'OVER'} ${limit} ${unit}`;

/** Prints median, 95th percentile and maximum of times in ms, with the limit for the percentile. */
export const sayTimes = (what: string, times: readonly number[], limitMs: number): void =>
  say(
    `${what}: median ${ms(percentile(times, 0.5))}, 95th percentile ${beside(percentile(times, 0.95), limitMs, 'ms')}, longest ${ms(Math.max(0, ...times))} (${times.length} measured)`,
  );
