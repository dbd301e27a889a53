import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { InvalidRequest } from '../../functions/migration/errors.ts';

/** A shell reports a program that a signal ended as 128 and the signal's number. [POSIX, Shell Command Language 2.8.2] */
const SIGNAL_BASE = 128;

/**
 * Runs a program in this terminal, with `env` added to the environment.
 * @returns its exit code, as a shell reports it.
 * @throws InvalidRequest if the program cannot be started.
 */
export const runCommand = async (
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> => {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? SIGNAL_BASE + (signal ? constants.signals[signal] : 0);
  } catch (error) {
    throw new InvalidRequest(
      `cannot run ${program}: ${error instanceof Error ? error.message : error}. The stack was stopped. Check the command after --.`,
      { cause: error },
    );
  }
};
