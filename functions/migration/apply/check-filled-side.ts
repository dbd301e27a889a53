import type { JournalEntry } from '../journal/journal-port.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { compareEntries, type KeyComparison } from './compare-entries.ts';
import type { Transfer } from './transfer.ts';

/**
 * Compares the keys that changed on the side that is being filled, most of them by the migration's own writes. Removes
 * the entries of keys that are equal on both sides, or that have expired on one: if DynamoDB deletes an expired item on
 * one side, no change of the live side follows.
 * @returns the remaining keys. Either a change of the live side is still to be applied to them, or another process
 * wrote them.
 */
export const checkFilledSide = async (
  ports: Ports,
  migration: Migration,
  transfer: Transfer,
  entries: readonly JournalEntry[],
): Promise<readonly KeyComparison[]> => {
  const open: KeyComparison[] = [];
  for await (const comparisons of compareEntries(ports, migration.tenantId, transfer, entries)) {
    const isEqual = ({ decision, isExpiry }: KeyComparison) => decision.kind === 'same' || isExpiry;
    const equal = comparisons.filter(isEqual).map(({ entry }) => entry);
    await ports.journal.remove(migration.migrationId, transfer.to.side, equal);
    open.push(...comparisons.filter((one) => !isEqual(one)));
  }
  return open;
};
