import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL('LoopbackRunner.java', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/tierferry', import.meta.url));

export const LOOPBACK_RUNNER = 'LoopbackRunner';

/**
 * The folder with the compiled runner, compiled once per version of the engine.
 * @returns undefined where there is only a Java runtime, without the compiler.
 */
export const loopbackRunner = async (
  java: string,
  classPath: string,
  version: string,
): Promise<string | undefined> => {
  const folder = join(CACHE, `loopback-${version}`);
  if (existsSync(join(folder, `${LOOPBACK_RUNNER}.class`))) return folder;
  const javac = java === 'java' ? 'javac' : join(dirname(java), 'javac');
  try {
    await mkdir(CACHE, { recursive: true });
    const fresh = await mkdtemp(join(CACHE, 'compiling-'));
    try {
      await run(javac, ['--release', '17', '-d', fresh, '-cp', classPath, SOURCE]);
      // whole or not at all: several stacks may start at once
      await rename(fresh, folder);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  } catch {
    // no compiler, no place for it, or another stack was first
  }
  return existsSync(join(folder, `${LOOPBACK_RUNNER}.class`)) ? folder : undefined;
};
