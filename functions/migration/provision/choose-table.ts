import type { Placement } from '../migration.ts';
import type { TableName, TenantId, TierName } from '../names.ts';
import type { RegisteredTables, TierTable } from '../registry/tier-table.ts';
import { dedicatedTableName, type Settings, sharedTableName, type Tier } from '../settings/settings.ts';

/** Requirements for a tenant's new table. */
export interface PlacementRequest {
  readonly tenantId: TenantId;
  readonly tier: Tier;
  readonly placement: Placement;
  /** The source, which is never chosen: a migration within a tier must end in another table. */
  readonly leaves?: TableName;
}

/** A table for a tenant, which may have to be created or registered. */
export interface ChosenTable {
  readonly table: TableName;
  readonly isRegistered: boolean;
}

/**
 * Chooses the target for a tenant: a dedicated table, or the tier's shared table with the fewest free slots (best fit keeps
 * tables full and few), or a new shared table if all are full. A dedicated table is reused only if its record names this
 * tenant. A new table gets a name that no table ever had, including tables whose record is damaged.
 */
export const chooseTable = (
  settings: Settings,
  wish: PlacementRequest,
  { tables: registered, damaged }: RegisteredTables,
): ChosenTable => {
  if (wish.placement === 'dedicated') {
    const isTaken = (known: TierTable) =>
      !isOwnTable(known, wish) || known.state !== 'active' || known.table === wish.leaves;
    const taken = new Set([...registered.filter(isTaken).map((known) => known.table), ...damaged]);
    const table = firstName((n) => dedicatedTableName(settings, wish.tier.name, wish.tenantId, n), taken);
    return { table, isRegistered: registered.some((known) => known.table === table) };
  }
  const withFreeSlots = registered
    .filter(
      (known) => known.tier === wish.tier.name && known.placement === 'shared' && known.state === 'active',
    )
    .filter((known) => known.freeSlots > 0 && known.table !== wish.leaves)
    .sort((a, b) => a.freeSlots - b.freeSlots || a.table.localeCompare(b.table));
  const [best] = withFreeSlots;
  if (best) return { table: best.table, isRegistered: true };
  return {
    table: nextSharedTable(settings, wish.tier.name, { tables: registered, damaged }),
    isRegistered: false,
  };
};

/** True if the table's record names it as this tenant's dedicated table in this tier. The table's name proves nothing. */
const isOwnTable = (
  { placement, tier, tenantId }: TierTable,
  wish: Pick<PlacementRequest, 'tenantId' | 'tier'>,
): boolean => placement === 'dedicated' && tier === wish.tier.name && tenantId === wish.tenantId;

/** Returns the first name for a shared table of the tier that no table has or had. */
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
 * Words the problem that an unregistered table exists under the name of a tenant's dedicated table. It may hold other items,
 * which would be deleted with the table when the tenant leaves.
 */
export const unownedTableText = (table: TableName): string =>
  `table ${table} exists, and no record names it as this tenant's dedicated table`;
