import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/** The file has the extension of this one: `.js` in the package. */
const GUARDIAN = fileURLToPath(new URL(`guardian${extname(import.meta.url)}`, import.meta.url));
/** Time that the guardian has to end its program, in ms; longer than the program's own time. */
const STOP_MS = 6_000;
/** Number of characters of the program's output that are kept to explain a failure. */
const OUTPUT_CHARACTERS = 4_000;

const Message = z.union([z.object({ pid: z.number() }), z.object({ failed: z.string() })]);

/** A program that ends when this process does, however that ends. It does not keep this process alive. */
export interface GuardedProcess {
  readonly pid: number;
  /** Resolves when the program has ended. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  /** Returns the last part of the program's output. */
  output(): string;
  /** Ends the program by SIGTERM, then SIGKILL. Resolves once it has ended; may be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a program in a process group of its own. So a Ctrl-C in the terminal reaches only this process, which then ends
 * the program in the right order.
 * @param lock a file that marks a folder as in use while the program runs.
 * @throws Error if the program cannot be started or the lock is held.
 */
export const startGuarded = async (
  program: string,
  args: readonly string[],
  lock?: string,
): Promise<GuardedProcess> => {
  const guardian = spawn(process.execPath, [GUARDIAN, lock ?? '-', program, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = collect(guardian);
  let hasEnded = false;
  const ended = once(guardian, 'exit').then(() => {
    hasEnded = true;
  });
  const pid = await new Promise<number>((resolve, reject) => {
    guardian.once('error', reject);
    guardian.once('exit', () => reject(new Error(`${program} did not start: ${output()}`)));
    guardian.once('message', (message) => {
      const parsed = Message.parse(message);
      if ('pid' in parsed) resolve(parsed.pid);
      else reject(new Error(parsed.failed));
    });
  });
  // a guardian that was killed leaves its program running
  guardian.once('exit', (_, signal) => signal && kill(pid));
  guardian.unref();
  guardian.channel?.unref();
  return { pid, ended, hasEnded: () => hasEnded, output, stop: () => stop(guardian, pid, ended) };
};

const stop = async (guardian: ChildProcess, pid: number, ended: Promise<void>): Promise<void> => {
  guardian.ref();
  if (guardian.connected) guardian.disconnect();
  const timer = setTimeout(() => {
    guardian.kill('SIGKILL');
    kill(pid);
  }, STOP_MS);
  await ended;
  clearTimeout(timer);
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // the process has ended already
  }
};

const collect = (child: ChildProcess): (() => string) => {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-OUTPUT_CHARACTERS);
    });
    if (stream instanceof Socket) stream.unref();
  }
  return () => text.trim();
};
