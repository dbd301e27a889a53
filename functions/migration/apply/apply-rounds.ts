import type { Applier } from '../claims/applier.ts';
import { runUnderApplierClaim } from '../claims/run-under-applier-claim.ts';
import type { Slice } from '../clock-port.ts';
import { Throttled } from '../errors.ts';
import { layoutOf } from '../items/key-layout.ts';
import type { JournalEntry } from '../journal/journal-port.ts';
import { isPendingProof } from '../journal/proof-of-capture.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { refreshMigration } from '../record/refresh-migration.ts';
import { applyEntries } from './apply-entries.ts';
import { checkFilledSide } from './check-filled-side.ts';
import type { Transfer } from './transfer.ts';

/** Minimum number of journal entries that one round reads. */
const MIN_ROUND_ENTRIES = 1_000;

export interface ApplyResult {
  readonly migration: Migration;
  /** Journal entries found by the last poll. If the number is the size of a round, more may be left. */
  readonly left: number;
  /** Journal entries removed, and the time that took, in ms. */
  readonly applied: number;
  readonly ms: number;
}

/**
 * Applies the journal in rounds until few entries are left, the operator pauses the migration, or the slice ends.
 * Throttling slows it down. A slice that was throttled to its end leaves the remaining entries to the next one.
 */
export const applyRounds = (
  ports: Ports,
  migration: Migration,
  transfer: Transfer,
  slice: Slice,
): Promise<ApplyResult> => {
  const work = async ({ writer, limitTo, isDue, renew }: Applier): Promise<ApplyResult> => {
    const started = ports.clock.monotonic();
    // a full read may be incomplete, so a round must be larger than the backlog that a cutover can take
    const round = Math.max(MIN_ROUND_ENTRIES, ports.settings.cutoverBacklog + 1);
    // the entry of a pending proof of capture stays until it has been polled for
    const isNotAwaited = ({ key }: JournalEntry) => !isPendingProof(migration, key, layoutOf(ports.settings));
    const leftOf = (read: readonly JournalEntry[], entries: readonly JournalEntry[]) =>
      read.length < round ? entries.length : read.length;
    let now = migration;
    let applied = 0;
    for (;;) {
      const read = await ports.journal.entries(migration.migrationId, transfer.from.side, round);
      const entries = read.filter(isNotAwaited);
      try {
        applied += await applyEntries(ports, now, transfer, entries, writer);
      } catch (error) {
        if (!(error instanceof Throttled)) throw error;
        const left = Math.max(leftOf(read, entries), ports.settings.cutoverBacklog + 1);
        return { migration: now, left, applied, ms: ports.clock.monotonic() - started };
      }
      const readThere = await ports.journal.entries(migration.migrationId, transfer.to.side, round);
      const others = readThere.filter(isNotAwaited);
      const open = await checkFilledSide(ports, now, transfer, others);
      if (isDue()) {
        now = await refreshMigration(ports, migration);
        limitTo(now.writeUnitsPerSecond);
        await renew(now);
      }
      // Entries that stay open do not prolong the rounds, even if they fill the read: the drain waits for the change
      // that explains them.
      const left = Math.max(leftOf(read, entries), leftOf(readThere, others) - open.length);
      const isOver = ports.clock.monotonic() >= slice.deadline;
      if (left <= ports.settings.cutoverBacklog || now.paused || isOver)
        return { migration: now, left, applied, ms: ports.clock.monotonic() - started };
    }
  };
  return runUnderApplierClaim(ports, migration, transfer.to.table, work, { slice });
};
