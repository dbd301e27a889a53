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

/** Journal entries that one round reads, at least. */
const ROUND = 1_000;

export interface Applied {
  readonly migration: Migration;
  /** Marks that the last look found; more may be left where it is the size of a round. */
  readonly left: number;
  /** Marks that were settled, and how long it took, in ms. */
  readonly settled: number;
  readonly ms: number;
}

/**
 * Applies the journal round after round until little is left, the operator pauses it, or the slice is over. Throttling makes
 * it slower: a slice that was throttled to its end is over, and what it has not settled is left.
 */
export const applyRounds = (ports: Ports, migration: Migration, way: Way, slice: Slice): Promise<Applied> => {
  const work = async ({ writer, limitTo, isDue, renew }: Applier): Promise<Applied> => {
    const started = ports.clock.monotonic();
    // a full read may not have seen everything: it must be more than a cutover takes
    const round = Math.max(ROUND, ports.settings.cutoverBacklog + 1);
    // the mark of a proof on its way stays until it has been looked for
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
      // keys that stay open are no reason to go on, even if they fill the read: the drain waits for what explains them
      const left = Math.max(leftOf(read, marks), leftOf(readThere, others) - open.length);
      const isOver = ports.clock.monotonic() >= slice.deadline;
      if (left <= ports.settings.cutoverBacklog || now.paused || isOver)
        return { migration: now, left, settled, ms: ports.clock.monotonic() - started };
    }
  };
  return underApplierClaim(ports, migration, way.to.table, work, { slice });
};
