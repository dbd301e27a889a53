import type { JournalEntry } from '../journal/journal-port.ts';
import type { Migration } from '../migration.ts';
import type { BatchWriter } from '../partition/batch-writer.ts';
import type { Ports } from '../ports.ts';
import { compareEntries, type KeyComparison } from './compare-entries.ts';
import { removeApplied } from './remove-applied.ts';
import type { Transfer } from './transfer.ts';

/**
 * Brings the side that is being filled in line with the live side for each journalled key. A journal entry is removed
 * only after both sides were read as equal, later than the entry was made. So each key that was written is read again
 * at once, and a key that has changed in the meantime keeps its entry. If the journal is empty, every captured key has
 * been equal on both sides since its last change.
 * @returns the number of journal entries removed.
 */
export const applyEntries = async (
  ports: Ports,
  migration: Migration,
  transfer: Transfer,
  entries: readonly JournalEntry[],
  writer: BatchWriter,
): Promise<number> => {
  let count = 0;
  for await (const comparisons of compareEntries(ports, migration.tenantId, transfer, entries)) {
    const written: JournalEntry[] = [];
    for (const { entry, decision } of comparisons) {
      if (decision.kind === 'same') continue;
      await (decision.kind === 'put' ? writer.put(decision.item) : writer.delete(entry.key));
      written.push(entry);
    }
    await writer.flush();
    const equal = sameOf(comparisons);
    for await (const again of compareEntries(ports, migration.tenantId, transfer, written))
      equal.push(...sameOf(again));
    await removeApplied(ports, migration, transfer.from.side, equal);
    count += equal.length;
  }
  return count;
};

const sameOf = (comparisons: readonly KeyComparison[]): JournalEntry[] =>
  comparisons.filter(({ decision }) => decision.kind === 'same').map(({ entry }) => entry);
