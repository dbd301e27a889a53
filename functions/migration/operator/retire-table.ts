import { InvalidRequest } from '../errors.ts';
import type { TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { TierTable } from '../registry/tier-table.ts';
import { type MoveOptions, type MoveResult, moveTenants } from '../requests/move-tenants.ts';
import type { AuditNote } from './audit-note.ts';

/** A request to retire a table. */
export interface Retirement extends MoveOptions {
  readonly table: string;
  readonly reason: string;
  /** The table as the operator saw it; absent to retire it whatever its state is. */
  readonly seen?: TierTable;
}

/** Result of retiring a table. */
export interface RetirementResult extends MoveResult {
  readonly table: TableName;
  /** Number of tenants whose open migrations have the table as target. */
  readonly coming: number;
}

/**
 * Stops placing tenants in a table, and requests migrations of its tenants to other tables of their tier. Safe to repeat after
 * an interruption, or for tenants that stayed.
 * @throws InvalidRequest if the table is not registered
 * @throws Conflict if it is being deleted, or is no longer as the operator saw it
 */
export const retireTable = async (ports: Ports, request: Retirement): Promise<RetirementResult> => {
  const { table } = await registered(ports, request.table);
  const { by, reason, seen } = request;
  await ports.registry.setRetiring(table, true, { by, reason, at: ports.clock.now() }, seen);
  const listed = new Set<TenantId>();
  let all: MoveResult = { requested: [], moved: [], stays: [] };
  for (;;) {
    // migrations into the table that were running when it was marked may have flipped
    const living = await tenantsIn(ports, table, listed);
    if (living.length === 0) break;
    for (const { tenantId } of living) listed.add(tenantId);
    const departing = living.map((tenant) => ({ tenant, request: { reason: request.reason } }));
    const { requested, moved, stays } = await moveTenants(ports, departing, request, 'always');
    all = {
      requested: [...all.requested, ...requested],
      moved: [...all.moved, ...moved],
      stays: [...all.stays, ...stays],
    };
  }
  return { table, ...all, coming: (await ports.registry.table(table))?.reserved ?? 0 };
};

/** Allows tenants to be placed in a retiring table again. @throws InvalidRequest, Conflict as `retireTable` does */
export const reinstateTable = async (
  ports: Ports,
  name: string,
  note?: AuditNote,
  seen?: TierTable,
): Promise<TableName> => {
  const { table } = await registered(ports, name);
  await ports.registry.setRetiring(table, false, note && { ...note, at: ports.clock.now() }, seen);
  return table;
};

const registered = async (ports: Ports, name: string): Promise<TierTable> => {
  const found = await ports.registry.table(name as TableName);
  if (!found)
    throw new InvalidRequest(`there is no table ${name} in the registry. Nothing was changed`, {
      facts: { table: name },
      next: { action: 'list-tables' },
    });
  return found;
};

const tenantsIn = async (
  ports: Ports,
  table: TableName,
  listed: ReadonlySet<TenantId>,
): Promise<readonly Tenant[]> => {
  const living: Tenant[] = [];
  for await (const tenant of ports.registry.tenants())
    if (tenant.table === table && !listed.has(tenant.tenantId)) living.push(tenant);
  return living;
};
