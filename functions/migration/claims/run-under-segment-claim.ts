import type { Slice } from '../clock-port.ts';
import { ClaimRanOut, Throttled } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { SegmentNumber, TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { refreshMigration } from '../record/refresh-migration.ts';
import { type ClaimHandle, runUnderClaim } from './run-under-claim.ts';

/**
 * Maximum time until a slice that was throttled to its end continues, in s. The actual time is random, so that workers
 * do not return together.
 */
const THROTTLED_SECONDS = 10;

/** The state machine's next action: it ends the segment, or runs the step again after a wait. */
export type SegmentStep = { readonly done: boolean; readonly waitSeconds: number };

/** A segment of a table, and the slice in which a step works on it. */
export interface SegmentWork {
  readonly number: SegmentNumber;
  readonly table: TableName;
  readonly slice: Slice;
}

/**
 * Runs work that writes a segment of a table. DynamoDB's throttling slows it down without ending it: a slice that was
 * throttled to its end is followed by another one. The same holds for work that reached the end of its claim after it
 * had written something.
 * @throws SegmentClaimed if another worker has the segment.
 * @throws ClaimRanOut if the claim ran out and nothing was written.
 * @throws Conflict if the migration has moved on.
 */
export const runUnderSegmentClaim = async (
  ports: Ports,
  migration: Migration,
  { number, table, slice }: SegmentWork,
  work: (claimed: ClaimHandle) => Promise<SegmentStep>,
): Promise<SegmentStep> => {
  const { migrationId, tenantId } = migration;
  let writer: ClaimHandle['writer'] | undefined;
  try {
    return await runUnderClaim(
      ports,
      {
        tenantId,
        table,
        migrationId,
        slice,
        current: async () => (await ports.segments.get(migrationId, number)).claim,
        take: (claim, ranOut) => ports.segments.claim(migration, number, claim, ports.clock.now(), ranOut),
        release: (worker) => ports.segments.release(migrationId, number, worker),
        limit: async () => (await refreshMigration(ports, migration)).writeUnitsPerSecond,
      },
      (claimed) => {
        ({ writer } = claimed);
        return work(claimed);
      },
    );
  } catch (error) {
    if (error instanceof Throttled) return { done: false, waitSeconds: throttledSeconds(ports) };
    if (error instanceof ClaimRanOut && writer && writer.units > 0) return { done: false, waitSeconds: 1 };
    throw error;
  }
};

/** Returns a random number of seconds, 1 to 10, until a slice that was throttled to its end continues. */
export const throttledSeconds = ({ random }: Pick<Ports, 'random'>): number =>
  1 + Math.floor(random() * THROTTLED_SECONDS);
