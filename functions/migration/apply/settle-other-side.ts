import type { Migration } from '../migration.ts';
import type { Mark, Ports } from '../ports.ts';
import { compareKeys, type Looked } from './compare-keys.ts';
import type { Way } from './way.ts';

/**
 * Looks at keys that changed on the side that is being filled: mostly by our own hand. Those that are the same on both
 * sides are settled, and those that have expired on one: no change of the live side comes for what DynamoDB deletes on
 * the other.
 * @returns the others: a change of the live side is still to be applied to them, or somebody else wrote them.
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
