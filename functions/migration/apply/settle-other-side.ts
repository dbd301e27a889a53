import type { Migration } from '../migration.ts';
import type { Mark, Ports } from '../ports.ts';
import { compareKeys, type Looked } from './compare-keys.ts';
import type { Way } from './way.ts';

/**
 * Compares the keys that changed on the side that is being filled, most of them by the migration's own writes. Removes
 * the entries of keys that are equal on both sides, or that have expired on one: if DynamoDB deletes an expired item on
 * one side, no change of the live side follows.
 * @returns the remaining keys. Either a change of the live side is still to be applied to them, or another process
 * wrote them.
 */
export const settleOtherSide = async (
  ports: Ports,
  migration: Migration,
  way: Way,
  marks: readonly Mark[],
): Promise<readonly Looked[]> => {
  const open: Looked[] = [];
  for await (const looked of compareKeys(ports, migration.tenantId, way, marks)) {
    const isSettled = ({ decision, isExpiry }: Looked) => decision.kind === 'same' || isExpiry;
    const settled = looked.filter(isSettled).map(({ mark }) => mark);
    await ports.journal.remove(migration.migrationId, way.to.side, settled);
    open.push(...looked.filter((one) => !isSettled(one)));
  }
  return open;
};
