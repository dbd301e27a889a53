import { mkdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseEngine } from './engines/choose-engine.ts';
import type { EngineName, EngineProgram } from './engines/program.ts';
import { freePort } from './free-port.ts';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';

/** Time within which an engine must answer, in ms; a cold JVM on a busy machine takes several seconds. */
const READY_MS = 60_000;
const POLL_MS = 25;
/** Attempts with another free port, since another process may take the first one in between. */
const PORT_TRIES = 3;

export interface EngineOptions {
  readonly engine?: EngineName;
  /** Folder that keeps the data between starts; absent for in memory. Only one engine at a time can use it. */
  readonly dataDir?: string;
  /** Absent or 0 for a free port. */
  readonly port?: number;
  /**
   * Gives each access key a database of its own, so that several users can share one process. DynamoDB Local only; the
   * native engine ignores it. The default is one database for all access keys.
   */
  readonly databasePerAccessKey?: boolean;
  /** Options of DynamoDB Local's virtual machine; the default suits one large migration. */
  readonly jvmOptions?: readonly string[];
}

/** An embedded DynamoDB. It ends when this process ends, however that ends. */
export interface Engine {
  readonly name: EngineName;
  readonly version: string;
  readonly endpoint: string;
  /** The engine's own process. */
  readonly pid: number;
  /** Messages for the user, e.g. that this is not the default engine. */
  readonly warnings: readonly string[];
  /** Stops the engine; may be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts an embedded DynamoDB and waits until it answers.
 * @throws EngineNotFound if no engine can run on this machine. @throws Error if the port or the data folder is in use.
 */
export const startEngine = async ({
  engine,
  dataDir,
  port,
  databasePerAccessKey,
  jvmOptions,
}: EngineOptions = {}): Promise<Engine> => {
  const folder = dataDir ? resolve(dataDir) : undefined;
  if (folder) await mkdir(folder, { recursive: true });
  const program = await chooseEngine({
    wanted: engine,
    dataDir: folder,
    databasePerAccessKey,
    jvmOptions,
  });
  const lock = folder && join(folder, 'in-use-by');
  if (port) return startOn(program, await freePort(port), lock);
  for (let n = 1; ; n += 1) {
    try {
      return await startOn(program, await freePort(), lock);
    } catch (error) {
      if (n === PORT_TRIES || !(error instanceof EngineExited)) throw error;
    }
  }
};

/** The engine ended before it answered, e.g. because its port was taken. */
class EngineExited extends Error {}

const startOn = async (program: EngineProgram, port: number, lock: string | undefined): Promise<Engine> => {
  const { program: command, args } = program.command(port);
  const running = await startGuarded(command, args, lock);
  try {
    await isReady(port, running, program.name);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return {
    name: program.name,
    version: program.version,
    endpoint: `http://127.0.0.1:${port}`,
    pid: running.pid,
    warnings: program.warnings,
    stop: running.stop,
  };
};

const isReady = async (port: number, running: GuardedProcess, name: string): Promise<void> => {
  const deadline = performance.now() + READY_MS;
  while (!(await listsTables(port))) {
    if (running.hasEnded()) throw new EngineExited(`${name} ended before it answered: ${running.output()}`);
    if (performance.now() > deadline)
      throw new Error(`${name} did not answer within ${READY_MS / 1000} s: ${running.output()}`);
    await sleep(POLL_MS);
  }
  // the answer may have come from another process that has taken the port
  if (running.hasEnded()) throw new EngineExited(`${name} ended: ${running.output()}`);
};

const listsTables = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        method: 'POST',
        agent: false,
        timeout: 2_000,
        headers: {
          'Content-Type': 'application/x-amz-json-1.0',
          'X-Amz-Target': 'DynamoDB_20120810.ListTables',
          // the engines require a signature with a date, and check neither
          'X-Amz-Date': '20260101T000000Z',
          Authorization:
            'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
        },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end('{}');
  });
