import { setTimeout as sleep } from 'node:timers/promises';
import { Throttled, Unavailable } from '../../../functions/migration/errors.ts';
import { isClosed } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import type { MigrationId } from '../../../functions/migration/names.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { type Progress, readProgress } from '../../../functions/migration/progress.ts';
import type { Display } from './display.ts';

/** ms between two looks: a look reads one small record per segment. */
const pollMs = (segments: number): number => Math.min(Math.max(250, segments * 10), 2_000);
/** ms between two questions whether the execution is under way. */
const ASK_MS = 1_000;
/** Answers in a row that nothing runs before it is believed: an execution that was just started may not be seen yet. */
const QUIET_ANSWERS = 3;
/** Looks in a row that may fail before the watch gives up. */
const FAILED_LOOKS = 10;

/**
 * Shows the migration until it has ended, or nothing works on it any more.
 * @returns where it stands then. @throws the signal's reason when it aborts; the migration goes on.
 */
export const watch = async (
  ports: Ports,
  migrationId: MigrationId,
  display: Display,
  signal: AbortSignal,
): Promise<Progress> => {
  const end = new End(ports);
  try {
    for (;;) {
      const progress = await look(ports, migrationId, display, signal);
      display.show(progress);
      if (await end.isReached(progress.migration)) {
        const last = await look(ports, migrationId, display, signal);
        display.show(last);
        return last;
      }
      await pause(pollMs(progress.segments.total), signal);
    }
  } finally {
    display.stop();
  }
};

/** Tells when there is nothing more to wait for. */
class End {
  private readonly ports: Ports;
  private askedAt = Number.NEGATIVE_INFINITY;
  private quiet = 0;

  constructor(ports: Ports) {
    this.ports = ports;
  }

  async isReached(migration: Migration): Promise<boolean> {
    const { migrationId, attempt, status, dryRun } = migration;
    if (status === 'completed') return true;
    // others go first; the dispatcher begins it
    if (status === 'queued' && !dryRun) return false;
    const now = performance.now();
    if (!isClosed(status) && now - this.askedAt < ASK_MS) return false;
    this.askedAt = now;
    const isRunning = await this.ports.workflow.isRunning(migrationId, attempt).catch(isUncertain);
    this.quiet = isRunning ? 0 : this.quiet + 1;
    // after its end a failed migration's execution still writes why
    return isClosed(status) ? !isRunning : this.quiet >= QUIET_ANSWERS;
  }
}

const isForNow = (error: unknown): boolean => error instanceof Throttled || error instanceof Unavailable;

/** No answer is no reason to think that nothing runs. */
const isUncertain = (error: unknown): true => {
  if (isForNow(error)) return true;
  throw error;
};

const look = async (
  ports: Ports,
  migrationId: MigrationId,
  display: Display,
  signal: AbortSignal,
): Promise<Progress> => {
  for (let failed = 0; ; failed += 1) {
    signal.throwIfAborted();
    try {
      return await readProgress(ports, migrationId);
    } catch (error) {
      if (!isForNow(error) || failed >= FAILED_LOOKS) throw error;
      display.note('no answer for now; still watching');
      await pause(1_000, signal);
    }
  }
};

const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
};
