import type { Placement } from '../migration.ts';
import type { TableName, TenantId, TierName } from '../names.ts';
import type { RegisteredTables, TierTable } from '../registry/records.ts';
import { dedicatedTableName, type Settings, sharedTableName, type Tier } from '../settings.ts';

export interface Wish {
  readonly tenantId: TenantId;
  readonly tier: Tier;
  readonly placement: Placement;
  /** The table that the tenant leaves; a move within a tier must not end where it began. */
  readonly leaves?: TableName;
}

/**
 * Chooses where a tenant goes: its own table, or the shared table of the tier with the least room left (best fit keeps
 * tables full and few), or the next shared table when all are full. A table is a tenant's own only if its record says so.
 * A new table gets a name that no table had before, not even one whose record is damaged.
 */
export const chooseTable = (
  settings: Settings,
  wish: Wish,
  { tables: registered, damaged }: RegisteredTables,
): { table: TableName; isRegistered: boolean } => {
  if (wish.placement === 'dedicated') {
    const isTaken = (known: TierTable) =>
      !isOwnTable(known, wish) || known.state !== 'active' || known.table === wish.leaves;
    const taken = new Set([...registered.filter(isTaken).map((known) => known.table), ...damaged]);
    const table = firstName((n) => dedicatedTableName(settings, wish.tier.name, wish.tenantId, n), taken);
    return { table, isRegistered: registered.some((known) => known.table === table) };
  }
  const withRoom = registered
    .filter(
      (known) => known.tier === wish.tier.name && known.placement === 'shared' && known.state === 'active',
    )
    .filter((known) => known.room > 0 && known.table !== wish.leaves)
    .sort((a, b) => a.room - b.room || a.table.localeCompare(b.table));
  const [best] = withRoom;
  if (best) return { table: best.table, isRegistered: true };
  return {
    table: nextSharedTable(settings, wish.tier.name, { tables: registered, damaged }),
    isRegistered: false,
  };
};

/** True if the table's record says that it is this tenant's alone in this tier: a name says nothing. */
const isOwnTable = (
  { placement, tier, tenantId }: TierTable,
  wish: Pick<Wish, 'tenantId' | 'tier'>,
): boolean => placement === 'dedicated' && tier === wish.tier.name && tenantId === wish.tenantId;

/** The first name of a shared table of the tier that no table has or had. */
export const nextSharedTable = (
  settings: Settings,
  tier: TierName,
  { tables, damaged }: RegisteredTables,
): TableName => {
  const taken = new Set([...tables.map((known) => known.table), ...damaged]);
  return firstName((n) => sharedTableName(settings, tier, n), taken);
};

const firstName = (name: (n: number) => TableName, taken: ReadonlySet<TableName>): TableName => {
  let n = 1;
  while (taken.has(name(n))) n += 1;
  return name(n);
};

/**
 * Says that a table which is there and not registered has the name of a tenant's own. It may hold other items, which would
 * be deleted with it when the tenant leaves.
 */
export const unownedTable = (table: TableName): string =>
  `table ${table} exists, and no record says that it is this tenant's own`;
