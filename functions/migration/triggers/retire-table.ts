import { InvalidRequest } from '../errors.ts';
import type { TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Tenant, TierTable } from '../registry/records.ts';
import { type Moved, type Moving, moveTenants } from './move-tenants.ts';

export interface Retirement extends Moving {
  readonly table: string;
  readonly why: string;
}

export interface Retired extends Moved {
  readonly table: TableName;
  /** Tenants that were on their way into the table when it was marked, and still are. */
  readonly coming: number;
}

/**
 * Lets a table take nobody new, and requests the move of everybody in it to other tables of their tier. It may be run
 * again, after Ctrl-C or for those who stayed.
 * @throws InvalidRequest where there is no such table. @throws Conflict where it is dropped.
 */
export const retireTable = async (ports: Ports, asked: Retirement): Promise<Retired> => {
  const { table } = await registered(ports, asked.table);
  await ports.registry.setRetiring(table, true);
  const seen = new Set<TenantId>();
  let all: Moved = { requested: [], moved: [], stays: [] };
  for (;;) {
    // who was on the way in when it was marked may have arrived
    const living = await livingIn(ports, table, seen);
    if (living.length === 0) break;
    for (const { tenantId } of living) seen.add(tenantId);
    const leaving = living.map((tenant) => ({ tenant, request: { reason: asked.why } }));
    const { requested, moved, stays } = await moveTenants(ports, leaving, asked, 'always');
    all = {
      requested: [...all.requested, ...requested],
      moved: [...all.moved, ...moved],
      stays: [...all.stays, ...stays],
    };
  }
  return { table, ...all, coming: (await ports.registry.table(table))?.reserved ?? 0 };
};

/** Lets a table that was being retired take tenants again. @throws InvalidRequest @throws Conflict as `retireTable` */
export const reinstateTable = async (ports: Ports, name: string): Promise<TableName> => {
  const { table } = await registered(ports, name);
  await ports.registry.setRetiring(table, false);
  return table;
};

const registered = async (ports: Ports, name: string): Promise<TierTable> => {
  const found = await ports.registry.table(name as TableName);
  if (!found) throw new InvalidRequest(`there is no table ${name}; see 'tierferry table list'`);
  return found;
};

const livingIn = async (
  ports: Ports,
  table: TableName,
  seen: ReadonlySet<TenantId>,
): Promise<readonly Tenant[]> => {
  const living: Tenant[] = [];
  for await (const tenant of ports.registry.tenants())
    if (tenant.table === table && !seen.has(tenant.tenantId)) living.push(tenant);
  return living;
};
