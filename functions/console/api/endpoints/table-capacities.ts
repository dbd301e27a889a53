import pLimit from 'p-limit';
import type { TableName } from '../../../migration/names.ts';
import { listWorking, type TableUse, tableUses } from '../../../migration/operator/table-use.ts';
import type { Ports } from '../../../migration/ports.ts';
import type { TableCapacity } from '../../../migration/provision/tables-port.ts';
import type { TierTable } from '../../../migration/registry/tier-table.ts';
import type { Content } from '../answers.ts';

/** Time for which a capacity that was read serves all readers, in ms. */
const KEPT_MS = 60_000;
/** Tables whose capacity is kept. */
const MOST_KEPT = 1_000;
/** Number of concurrent requests for capacities. */
const CONCURRENT_REQUESTS = 8;

type TableRow = Content<'TableList'>['tables'][number];
type Capacity = TableRow['capacity'];

interface CachedCapacity {
  readonly readAt: number;
  readonly capacity: Promise<Capacity>;
}

const NO_USE: TableUse = { migrations: 0, read: 0, write: 0 };

const documentOf = ({ provisioned, mostOnDemand }: TableCapacity): Capacity =>
  provisioned
    ? { mode: 'provisioned', read: provisioned.read, write: provisioned.write }
    : { mode: 'onDemand', read: mostOnDemand?.read ?? null, write: mostOnDemand?.write ?? null };

/**
 * Returns a function that adds to tables their capacity, and what migrations may use of it. Capacities change rarely, and
 * pages ask often, so each is kept for a minute. One that cannot be read is null and does not fail the list.
 */
export const tableCapacities = (
  ports: Ports,
): ((
  tables: readonly TierTable[],
) => Promise<readonly (TierTable & Pick<TableRow, 'capacity' | 'use'>)[]>) => {
  const kept = new Map<TableName, CachedCapacity>();
  const limit = pLimit(CONCURRENT_REQUESTS);
  const read = async (table: TableName): Promise<Capacity> => {
    try {
      const capacity = await limit(() => ports.tables.capacity(table));
      return capacity ? documentOf(capacity) : null;
    } catch (error) {
      // an operator's credentials may not cover it, and the rest of the list is worth showing
      ports.log.warn(
        { table, error: error instanceof Error ? error.name : typeof error },
        'the capacity of a table cannot be read',
      );
      return null;
    }
  };
  const capacityIn = ({ table, state }: TierTable): Promise<Capacity> => {
    if (state === 'dropped') return Promise.resolve(null);
    const now = ports.clock.monotonic();
    const before = kept.get(table);
    if (before && now - before.readAt < KEPT_MS) return before.capacity;
    const capacity = read(table);
    kept.delete(table);
    kept.set(table, { readAt: now, capacity });
    for (const oldest of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(oldest);
    return capacity;
  };
  return async (tables) => {
    const [working, capacities] = await Promise.all([
      listWorking(ports),
      Promise.all(tables.map(capacityIn)),
    ]);
    const uses = tableUses(ports, working);
    return tables.map((table, n) => ({
      ...table,
      capacity: capacities[n] ?? null,
      use: uses.get(table.table) ?? NO_USE,
    }));
  };
};
