import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';

/** File in which a running stack records its environment, relative to the folder in which it was started. */
const FILE = join('.tierferry', 'local.json');

const RunningStack = z.object({ pid: z.number().int(), env: z.record(z.string(), z.string()) });
/** A stack that `tierferry local` runs: its process and the environment in which tools reach it. */
export type RunningStack = z.output<typeof RunningStack>;

/**
 * Records a running stack, so that other terminals find it.
 * @returns a function that deletes the record, unless another stack has replaced it.
 */
export const recordStack = async (folder: string, env: RunningStack['env']): Promise<() => Promise<void>> => {
  const file = join(folder, FILE);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ pid: process.pid, env }, null, 2)}\n`, { mode: 0o600 });
  return async () => {
    if ((await readRecord(file))?.pid === process.pid) await rm(file, { force: true });
  };
};

/** Finds the stack that was started in `folder` or in the nearest folder above it. @returns undefined if none is running. */
export const findStack = async (folder: string): Promise<RunningStack | undefined> => {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = await readRecord(join(at, FILE));
    if (found && isAlive(found.pid)) return found;
    if (at === dirname(at)) return undefined;
  }
};

/** Reads a record. @returns undefined if it is missing, incomplete or invalid */
const readRecord = async (file: string): Promise<RunningStack | undefined> => {
  try {
    return RunningStack.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // the process of another user is alive, too
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};
