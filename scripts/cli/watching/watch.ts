import { isClosed } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import type { MigrationId } from '../../../functions/migration/names.ts';
import { type Progress, readProgress } from '../../../functions/migration/operator/progress.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import type { Display } from './display.ts';
import { isTransient, pollPatiently, sleepUntilAborted } from './poll-patiently.ts';

/** Returns the ms between two polls. A poll reads one small record per segment. */
const pollMs = (segments: number): number => Math.min(Math.max(250, segments * 10), 2_000);
/** Time in ms between two checks whether the execution is running. */
const EXECUTION_POLL_MS = 1_000;
/** Consecutive checks that find no execution before the watch ends: one that was just started may not be visible yet. */
const UNCHANGED_ANSWERS = 3;

/**
 * Shows the migration until it has ended, or no execution works on it any more.
 * @returns its progress then. @throws the signal's reason if it aborts; the migration continues.
 */
export const watch = async (
  ports: Ports,
  migrationId: MigrationId,
  display: Display,
  signal: AbortSignal,
): Promise<Progress> => {
  const end = new EndDetector(ports);
  try {
    for (;;) {
      const progress = await poll(ports, migrationId, display, signal);
      display.show(progress);
      if (await end.isReached(progress.migration)) {
        const last = await poll(ports, migrationId, display, signal);
        display.show(last);
        return last;
      }
      await sleepUntilAborted(pollMs(progress.segments.total), signal);
    }
  } finally {
    display.stop();
  }
};

/** Decides when the watch ends. */
class EndDetector {
  private readonly ports: Ports;
  private askedAt = Number.NEGATIVE_INFINITY;
  private quiet = 0;

  constructor(ports: Ports) {
    this.ports = ports;
  }

  async isReached(migration: Migration): Promise<boolean> {
    const { migrationId, attempt, status, dryRun } = migration;
    if (status === 'completed') return true;
    // the dispatcher starts its execution once it is admitted
    if (status === 'queued' && !dryRun) return false;
    const now = performance.now();
    if (!isClosed(status) && now - this.askedAt < EXECUTION_POLL_MS) return false;
    this.askedAt = now;
    const isRunning = await this.ports.workflow.isRunning(migrationId, attempt).catch(isUncertain);
    this.quiet = isRunning ? 0 : this.quiet + 1;
    // the execution of a failed migration still records the reason after the status has changed
    return isClosed(status) ? !isRunning : this.quiet >= UNCHANGED_ANSWERS;
  }
}

const poll = (
  ports: Ports,
  migrationId: MigrationId,
  display: Display,
  signal: AbortSignal,
): Promise<Progress> =>
  pollPatiently(
    () => readProgress(ports, migrationId),
    (text) => display.note(text),
    signal,
  );

/** Returns true if the service did not answer: the execution may be running. @throws any other error */
const isUncertain = (error: unknown): true => {
  if (isTransient(error)) return true;
  throw error;
};
