import type { TestProject } from 'vitest/node';
import { startEngine } from '../../scripts/local/engine.ts';
import { findJava } from '../../scripts/local/java.ts';

/**
 * Turns off the optimizing compiler and parallel garbage collection, which pay off only after minutes of one load. Many small
 * tests take half the CPU time without them.
 */
const JVM_OPTIONS = ['-Xmx1g', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** Starts DynamoDB Local once for the whole run: a cold JVM costs more CPU time than most test files. */
export default async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  if (!('path' in (await findJava()))) {
    provide('dynamodb', '');
    return async () => {};
  }
  const engine = await startEngine({
    engine: 'dynamodb-local',
    databasePerAccessKey: true,
    jvmOptions: JVM_OPTIONS,
  });
  provide('dynamodb', engine.endpoint);
  return engine.stop;
};
