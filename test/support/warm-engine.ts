import { type Engine, startEngine } from '../../scripts/local/engine.ts';
import type { EngineName } from '../../scripts/local/engines/program.ts';
import { findJava } from '../../scripts/local/java.ts';
import type { StackOptions } from '../../scripts/local/stack.ts';
import { newAccessKey } from './test-database.ts';

/** Number of databases in one engine, which keeps each of them in memory until it ends. */
const DATABASES = 20;

/** An empty database, and the engine that holds it. */
export interface Database {
  readonly options: Pick<StackOptions, 'engine' | 'dynamodbEndpoint' | 'accessKeyId'>;
  /** Ends the use of the database. */
  release(): Promise<void>;
}

interface SharedEngines {
  readonly engine: Promise<Engine>;
  begun: number;
  open: number;
}

let shared: SharedEngines | undefined;

/**
 * Returns an empty database. DynamoDB Local keeps several, one per access key: a cold virtual machine for each would take
 * more than half of a campaign's CPU time. With the native engine, each stack starts its own.
 * @param name absent for DynamoDB Local, or the native engine on a machine without Java.
 */
export const openDatabase = async (name?: EngineName): Promise<Database> => {
  if (name === 'dynoxide' || !('path' in (await findJava())))
    return { options: { engine: name }, async release() {} };
  if (shared === undefined || shared.begun === DATABASES)
    shared = {
      engine: startEngine({ engine: 'dynamodb-local', databasePerAccessKey: true }),
      begun: 0,
      open: 0,
    };
  const mine = shared;
  mine.begun += 1;
  mine.open += 1;
  const engine = await mine.engine;
  return {
    options: { dynamodbEndpoint: engine.endpoint, accessKeyId: newAccessKey() },
    async release() {
      mine.open -= 1;
      if (mine.begun === DATABASES && mine.open === 0) await engine.stop();
    },
  };
};
