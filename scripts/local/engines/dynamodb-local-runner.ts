import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL('DynamoDbLocalRunner.java', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/tierferry', import.meta.url));

export const RUNNER = 'DynamoDbLocalRunner';

/**
 * Compiles the runner, once per version of the engine and of the runner's source.
 * @returns the folder with the compiled class; undefined if the compiler is missing or fails.
 */
export const dynamoDbLocalRunner = async (
  java: string,
  classPath: string,
  version: string,
): Promise<string | undefined> => {
  const checksum = createHash('sha256').update(await readFile(SOURCE));
  const folder = join(CACHE, `runner-${version}-${checksum.digest('hex').slice(0, 12)}`);
  const isCompiled = () => existsSync(join(folder, `${RUNNER}.class`));
  if (isCompiled()) return folder;
  const javac = java === 'java' ? 'javac' : join(dirname(java), 'javac');
  try {
    await mkdir(CACHE, { recursive: true });
    const fresh = await mkdtemp(join(CACHE, 'compiling-'));
    try {
      await run(javac, ['--release', '17', '-d', fresh, '-cp', classPath, SOURCE]);
      // atomic, since several stacks may start at once
      await rename(fresh, folder);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  } catch {
    // there is no compiler, the folder cannot be written, or another stack was first
  }
  return isCompiled() ? folder : undefined;
};
