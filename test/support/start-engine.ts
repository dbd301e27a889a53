import type { TestProject } from 'vitest/node';
import { startEngine } from '../../scripts/local/engine.ts';
import { findJava } from '../../scripts/local/java.ts';

/** Starts DynamoDB Local once for the whole run: a cold JVM costs more CPU time than most test files. */
export default async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  if (!('path' in (await findJava()))) {
    provide('dynamodb', '');
    return async () => {};
  }
  const engine = await startEngine({ engine: 'dynamodb-local', databasePerAccessKey: true });
  provide('dynamodb', engine.endpoint);
  return engine.stop;
};
