import { isAwaited } from '../capture/proof.ts';
import { hearOperator } from '../controls.ts';
import { Throttled } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Mark, Ports, Slice } from '../ports.ts';
import type { Applier } from './applier.ts';
import { applyMarks } from './apply-marks.ts';
import { settleOtherSide } from './settle-other-side.ts';
import { underApplierClaim } from './under-applier-claim.ts';
import type { Way } from './way.ts';

/** Minimum number of journal entries that one round reads. */
const ROUND = 1_000;

export interface Applied {
  readonly migration: Migration;
  /** Journal entries found by the last poll. If the number is the size of a round, more may be left. */
  readonly left: number;
  /** Journal entries removed, and the time that took, in ms. */
  readonly settled: number;
  readonly ms: number;
}

/**
 * Applies the journal in rounds until few entries are left, the operator pauses the migration, or the slice ends.
 * Throttling slows it down. A slice that was throttled to its end leaves the remaining entries to the next one.
 */
export const applyRounds = (ports: Ports, migration: Migration, way: Way, slice: Slice): Promise<Applied> => {
  const work = async ({ writer, limitTo, isDue, renew }: Applier): Promise<Applied> => {
    const started = ports.clock.monotonic();
    // a full read may be incomplete, so a round must be larger than the backlog that a cutover can take
    const round = Math.max(ROUND, ports.settings.cutoverBacklog + 1);
    // the entry of a pending proof of capture stays until it has been polled for
    const isNotAwaited = ({ key }: Mark) => !isAwaited(migration, key);
    const leftOf = (read: readonly Mark[], marks: readonly Mark[]) =>
      read.length < round ? marks.length : read.length;
    let now = migration;
    let settled = 0;
    for (;;) {
      const read = await ports.journal.marks(migration.migrationId, way.from.side, round);
      const marks = read.filter(isNotAwaited);
      try {
        settled += await applyMarks(ports, now, way, marks, writer);
      } catch (error) {
        if (!(error instanceof Throttled)) throw error;
        const left = Math.max(leftOf(read, marks), ports.settings.cutoverBacklog + 1);
        return { migration: now, left, settled, ms: ports.clock.monotonic() - started };
      }
      const readThere = await ports.journal.marks(migration.migrationId, way.to.side, round);
      const others = readThere.filter(isNotAwaited);
      const open = await settleOtherSide(ports, now, way, others);
      if (isDue()) {
        now = await hearOperator(ports, migration);
        limitTo(now.writeUnitsPerSecond);
        await renew(now);
      }
      // Entries that stay open do not prolong the rounds, even if they fill the read: the drain waits for the change
      // that explains them.
      const left = Math.max(leftOf(read, marks), leftOf(readThere, others) - open.length);
      const isOver = ports.clock.monotonic() >= slice.deadline;
      if (left <= ports.settings.cutoverBacklog || now.paused || isOver)
        return { migration: now, left, settled, ms: ports.clock.monotonic() - started };
    }
  };
  return underApplierClaim(ports, migration, way.to.table, work, { slice });
};
