import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../scripts/tierferry.ts', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a user does: as a process of its own, with only the given environment. */
export const runCli = (
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  { onStart, cwd }: { onStart?: (child: ReturnType<typeof spawn>) => void; cwd?: string } = {},
): Promise<Ran> => {
  const { PATH, HOME, JAVA_HOME } = process.env;
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    env: { PATH, HOME, JAVA_HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd,
  });
  onStart?.(child);
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout: stdout(), stderr: stderr() }));
  });
};

const collect = (stream: NodeJS.ReadableStream): (() => string) => {
  const chunks: string[] = [];
  stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  return () => chunks.join('');
};
