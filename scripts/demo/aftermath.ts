import { checksumRange, isSameChecksum } from '../../functions/migration/compare/checksum-range.ts';
import { layoutOf } from '../../functions/migration/items/key-layout.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { TableName } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import type { Tenant } from '../../functions/migration/registry/tenant.ts';
import type { Checksum } from '../../functions/migration/segment.ts';

export interface Neighbour {
  readonly tenantId: Tenant['tenantId'];
  readonly table: TableName;
  readonly print: Checksum;
}

/** The effect of a migration, read from the tables themselves and not from the migration's records. */
export interface DemoCheck {
  readonly source: { readonly table: TableName; readonly items: number };
  readonly target: { readonly table: TableName; readonly items: number };
  readonly route: { readonly table: TableName; readonly writes: 'open' | 'fenced' };
  readonly registry: { readonly tier: string; readonly table: TableName };
  readonly neighbours: {
    readonly tenants: number;
    readonly items: number;
    readonly changed: readonly string[];
  };
  /** True if all tables, the route and the registry are as they must be. */
  readonly asItShould: boolean;
}

const checksum = (ports: Ports, tenantId: Tenant['tenantId'], table: TableName): Promise<Checksum> =>
  checksumRange(
    ports.partition(tenantId),
    table,
    {},
    ports.settings.pageItems,
    { read: 0 },
    layoutOf(ports.settings),
  );

/** Computes counts and checksums of every tenant but one, to compare with later. */
export const neighbourChecksums = async (
  ports: Ports,
  tenants: readonly Tenant[],
  mover: Tenant,
): Promise<Neighbour[]> => {
  const found: Neighbour[] = [];
  for (const { tenantId, table } of tenants) {
    if (tenantId !== mover.tenantId)
      found.push({ tenantId, table, print: await checksum(ports, tenantId, table) });
  }
  return found;
};

/** Reads the tables after the migration. @throws Error if the moved tenant has no route or no record. */
export const checkAftermath = async (
  ports: Ports,
  migration: Migration,
  before: readonly Neighbour[],
): Promise<DemoCheck> => {
  const { tenantId, source, target } = migration;
  const route = await ports.routes.get(tenantId);
  const tenant = await ports.registry.tenant(tenantId);
  if (!route || !tenant || !target.table) throw new Error(`tenant ${tenantId} has no route or no record`);
  const itemsInSource = await checksum(ports, tenantId, source.table);
  const moved = await checksum(ports, tenantId, target.table);
  const changed: string[] = [];
  for (const neighbour of before) {
    const now = await checksum(ports, neighbour.tenantId, neighbour.table);
    if (!isSameChecksum(now, neighbour.print)) changed.push(neighbour.tenantId);
  }
  return {
    source: { table: source.table, items: itemsInSource.items },
    target: { table: target.table, items: moved.items },
    route: { table: route.table, writes: route.writes },
    registry: { tier: tenant.tier, table: tenant.table },
    neighbours: {
      tenants: before.length,
      items: before.reduce((sum, { print }) => sum + print.items, 0),
      changed,
    },
    asItShould:
      itemsInSource.items === 0 &&
      moved.items > 0 &&
      route.table === target.table &&
      route.writes === 'open' &&
      tenant.table === target.table &&
      changed.length === 0,
  };
};
