import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Answer, type Exchange, Ready } from './messages.ts';

/** A router in a process of its own. */
export interface Driver {
  readonly exchange: Exchange;
  stop(): void;
}

/** Time after which a driver that does not answer is killed, in ms. A live write may wait two minutes for a fence. */
const HANG_MS = 180_000;

/**
 * Starts a driver: one JSON object per line on its standard input and output. It may write what it likes to standard error.
 * @param command program and arguments
 */
export const startDriver = (command: readonly string[], env: NodeJS.ProcessEnv = process.env): Driver => {
  const [program, ...args] = command;
  if (program === undefined) throw new Error('no command of a driver is given');
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = new Promise<never>((_, reject) => {
    child.on('error', (error) => reject(new Error(`cannot start ${program}`, { cause: error })));
    child.on('close', (code, signal) =>
      reject(new Error(`${program} ended with ${signal ?? `exit code ${code}`}`)),
    );
    // a driver that ends early closes its input, too
    child.stdin.on('error', () => {});
  });
  failed.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    // the exit code says more
    return done ? await failed : value;
  };
  return {
    exchange: async (sent) => {
      child.stdin.write(`${JSON.stringify(sent)}\n`);
      const hang = setTimeout(() => child.kill(), HANG_MS);
      try {
        return parseAnswer(await Promise.race([nextLine(), failed]));
      } finally {
        clearTimeout(hang);
      }
    },
    stop: () => child.kill(),
  };
};

const parseAnswer = (line: string): Answer => {
  try {
    return Answer.parse(JSON.parse(line));
  } catch (error) {
    throw new Error(`the driver's answer is not a line of JSON with events: ${line}`, { cause: error });
  }
};

/** Asks a driver who it is. */
export const greet = async (exchange: Exchange): Promise<Ready> => {
  const { events } = await exchange({ do: 'hello' });
  return Ready.parse(events[0]);
};
