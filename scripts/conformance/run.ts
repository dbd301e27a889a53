import { portsFromEnv } from '../../functions/aws/ports.ts';
import { greet, startDriver } from './driver-process.ts';
import { runLive } from './live.ts';
import { readVectors } from './read-vectors.ts';
import type { VectorFailure } from './run-vector.ts';
import { runVectors } from './run-vectors.ts';

/*
 * `npm run -s conformance -- [--live] COMMAND...` tests a router in any language by its driver (docs/router-conformance.md).
 * With `--live` it runs the driver on the embedded stack whose environment it has.
 */

const VECTORS = new URL('../../test/router/protocol/vectors/', import.meta.url);

const say = (line: string) => process.stdout.write(`${line}\n`);

const failureText = ({ vector, rules, step, command, expected, events }: VectorFailure): string =>
  [
    `failed: ${vector} (${rules.join(', ')})`,
    `  step ${step}: ${JSON.stringify(command)}`,
    `  expected: ${JSON.stringify(expected)}`,
    `  received: ${JSON.stringify(events)}`,
  ].join('\n');

/** Runs the vectors. @returns true if all passed */
const testVectors = async (command: readonly string[]): Promise<boolean> => {
  const driver = startDriver(command);
  try {
    const ready = await greet(driver.exchange);
    say(`${ready.router}, protocol ${ready.protocol}, with ${ready.features.join(', ') || 'no features'}`);
    const { passed, failures, skipped } = await runVectors(readVectors(VECTORS), driver.exchange, ready);
    for (const failure of failures) say(failureText(failure));
    say(`vectors: ${passed} passed, ${failures.length} failed, ${skipped} skipped for lack of a feature`);
    return failures.length === 0;
  } finally {
    driver.stop();
  }
};

/** Moves a tenant that two drivers use. @returns true if nothing was wrong */
const testLive = async (command: readonly string[]): Promise<boolean> => {
  const drivers = [startDriver(command), startDriver(command)];
  try {
    for (const { exchange } of drivers) await greet(exchange);
    const { writes, reads, retried, wrong } = await runLive(portsFromEnv(), drivers, say);
    for (const line of wrong) say(`failed: ${line}`);
    const again = Object.entries(retried).map(([error, times]) => `${error} ${times}`);
    say(`live: ${writes} writes and ${reads} reads; tried again: ${again.join(', ') || 'none'}`);
    return wrong.length === 0;
  } finally {
    for (const driver of drivers) driver.stop();
  }
};

const given = process.argv.slice(2);
const isLive = given[0] === '--live';
const command = isLive ? given.slice(1) : given;
if (command.length === 0) {
  process.stderr.write('usage: npm run -s conformance -- [--live] COMMAND...\n');
  process.exitCode = 2;
} else
  try {
    process.exitCode = (await (isLive ? testLive : testVectors)(command)) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`failed: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
