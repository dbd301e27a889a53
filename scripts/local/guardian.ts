/**
 * Runs a program and ends it when the parent process has ended. A process that is killed with SIGKILL cannot clean up, so
 * this one runs between them: the channel to its parent closes however the parent ends.
 *
 * Usage: node guardian.ts LOCK PROGRAM [ARGUMENT...]; LOCK is a file that marks a folder as in use, or `-`.
 */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Time that the program has to end after SIGTERM, in ms. */
const GRACE_MS = 3_000;
/** Time to wait for the previous user of the folder to end, in ms: longer than `GRACE_MS`. */
const LOCK_WAIT_MS = 2 * GRACE_MS;

const [lock = '-', program = '', ...args] = process.argv.slice(2);

const say = (message: object) => process.connected && process.send?.(message);

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Takes the lock. Takes over a lock whose process has ended. @returns the process that holds it; undefined if this one does */
const takeLock = (): number | undefined => {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const holder = Number(readFileSync(lock, 'utf8'));
  if (holder > 0 && isRunning(holder)) return holder;
  rmSync(lock, { force: true });
  return takeLock();
};

const waitForLock = async (): Promise<void> => {
  const deadline = performance.now() + LOCK_WAIT_MS;
  for (let holder = takeLock(); holder !== undefined; holder = takeLock()) {
    if (performance.now() > deadline || !process.connected) {
      say({ failed: `the data folder is in use by process ${holder}` });
      process.exit(1);
    }
    await sleep(50);
  }
  process.once('exit', () => rmSync(lock, { force: true }));
};

if (lock !== '-') await waitForLock();
const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('spawn', () => say({ pid: child.pid }));
child.once('error', (error) => {
  say({ failed: error.message });
  process.exit(1);
});
child.once('exit', (code) => process.exit(code ?? 1));

const end = () => {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
};
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, end);
process.once('disconnect', end);
// the parent may have ended before the listener was added
if (!process.connected) end();
