import type { MigrationDetail } from '../../api/schema.ts';
import type { Freshness } from '../../api/use-get.ts';
import type { Status } from '../../parts/migration-status.tsx';

/** The kept source is compared at the beginning of the hold and at its end, of which no event tells, in ms. */
const HOLD_MS = 30_000;

/** Statuses in which no item is read or written for hours, or none any more. */
const QUIET: ReadonlySet<Status> = new Set(['queued', 'completed', 'rolledBack', 'cancelled', 'failed']);

type Work = Pick<MigrationDetail, 'migration' | 'execution' | 'items'>;

/** True if items are read or written, so that figures change. */
export const isWorkingNow = ({ migration: { status, paused }, execution, items }: Work): boolean => {
  const isQuiet = status === 'holding' ? items.verified === items.total : QUIET.has(status);
  return !isQuiet && !paused && execution === 'running';
};

/** Returns how often the figures of a migration are read. @param workingMs the interval while it works */
export const figuresFreshness = (work: Work, workingMs: number): Freshness => {
  if (isWorkingNow(work)) return { everyMs: workingMs };
  return work.migration.status === 'holding' ? { everyMs: HOLD_MS } : {};
};
