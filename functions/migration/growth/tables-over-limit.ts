import { counted } from '../counted.ts';
import { fallbackIfDamaged } from '../fallback-if-damaged.ts';
import { isClosed } from '../life-cycle.ts';
import type { TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { TierTable } from '../registry/tier-table.ts';
import { latestOf } from '../requests/request-once.ts';
import { type Tier, tierOf } from '../settings/settings.ts';

/** A tenant that must leave its table because the table is over its tenant limit. */
export interface TenantOverLimit {
  readonly tenant: Tenant;
  readonly reason: string;
}

/**
 * Sets the free slots of every shared table by the catalogue's current limit. They are negative if a table is over the
 * limit.
 */
export const recalculateFreeSlots = async (ports: Ports): Promise<void> => {
  for await (const { table, tier } of sharedTables(ports))
    await ports.registry.setLimit(table, tier.maxTenants);
};

/**
 * Yields the tenants that must leave for their tables to be within the catalogue's limit, in addition to those that are
 * leaving already. Tenants with the fewest schools come first, because they are moved fastest. Tenants that are set to
 * stay are left out, and so are tenants whose migration cannot be read.
 */
export async function* tenantsOverLimit(ports: Ports): AsyncGenerator<TenantOverLimit> {
  const tooMany = new Map<TableName, { count: number; reason: string }>();
  for await (const { table, tier } of sharedTables(ports)) {
    const coming = table.tenants + table.reserved;
    const reason = `${table.table} has ${counted(coming, 'tenant')}; the limit of tier ${tier.name} is ${tier.maxTenants} per table`;
    if (coming > tier.maxTenants) tooMany.set(table.table, { count: coming - tier.maxTenants, reason });
  }
  if (tooMany.size === 0) return;
  const living = new Map<TableName, Tenant[]>([...tooMany.keys()].map((table) => [table, []]));
  for await (const tenant of ports.registry.tenants()) living.get(tenant.table)?.push(tenant);
  for (const [table, tenants] of living) {
    const { count = 0, reason = '' } = tooMany.get(table) ?? {};
    const staying: Tenant[] = [];
    let unknown = 0;
    for (const tenant of tenants) {
      const leaves = await fallbackIfDamaged(isBeingMoved(ports, tenant), undefined);
      if (leaves === undefined) unknown += 1;
      if (leaves === false) staying.push(tenant);
    }
    const rest = Math.max(0, count - (tenants.length - unknown - staying.length));
    for (const tenant of staying.filter(mayLeave).sort(byEase).slice(0, rest)) yield { tenant, reason };
  }
}

const isBeingMoved = async (ports: Ports, tenant: Tenant): Promise<boolean> => {
  const latest = await latestOf(ports, tenant);
  return latest !== undefined && !isClosed(latest.status) && latest.source.table === tenant.table;
};

async function* sharedTables(
  ports: Ports,
): AsyncGenerator<{ readonly table: TierTable; readonly tier: Tier }> {
  for await (const table of ports.registry.tables()) {
    const tier = tierOf(ports.settings, table.tier);
    if (tier && table.placement === 'shared' && table.state === 'active') yield { table, tier };
  }
}

const mayLeave = ({ autoMigrate, pinnedTier, tier }: Tenant): boolean =>
  autoMigrate !== 'off' && (pinnedTier ?? tier) === tier;

const byEase = (a: Tenant, b: Tenant): number =>
  a.schoolCount - b.schoolCount || a.tenantId.localeCompare(b.tenantId);
