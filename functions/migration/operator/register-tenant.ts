import { InvalidRequest, NotSafe } from '../errors.ts';
import { TABLE_NAME_CHARACTERS } from '../limits.ts';
import { type RoutingEpoch, type TableName, type TenantId, tableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import {
  type ChosenTable,
  chooseTable,
  type PlacementRequest,
  unownedTableText,
} from '../provision/choose-table.ts';
import { tenantBeingRemoved } from '../registry/find-tenant.ts';
import { newTable } from '../registry/new-table.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { RegisteredTables, TierTable } from '../registry/tier-table.ts';
import { unknownBefore } from '../route/past-tables.ts';
import { ROUTE_PROTOCOL } from '../route/route.ts';
import { type Settings, type Tier, tierOf } from '../settings/settings.ts';
import { fitsTableName, tenantIdSchemaOf } from '../settings/tenant-id.ts';
import { adoptTable } from './add-table.ts';
import { ensureTable } from './ensure-table.ts';

/** A tenant to be registered. */
export interface NewTenant {
  readonly tenantId: string;
  /** Display name. */
  readonly name: string;
  readonly tier: string;
  readonly dedicated?: boolean;
  /** Existing table that has the tenant's items; absent to have a table chosen. */
  readonly table?: string;
  readonly schoolCount?: number;
  readonly by: string;
  /** Reason for which it is registered. */
  readonly reason?: string | undefined;
}

/** The registry's tables, as a caller has read them that registers many tenants. */
export interface KnownTables {
  readonly registered: RegisteredTables;
  /** Tables that were found to match the catalogue's design a moment ago, and are not checked again. */
  readonly checked: ReadonlySet<TableName>;
}

/**
 * Registers a tenant and its route in a table of its tier with a free slot. Creates a table if there is none. Safe to repeat
 * after an interruption: the next call continues with the same table.
 * @param known the registry's tables; absent to read them now.
 * @throws InvalidRequest if id, tier, placement or table are invalid, or the tenant is registered already
 * @throws TenantBeingRemoved
 * @throws NotSafe if the table differs from the catalogue's design, or has items although it is to be the tenant's own
 */
export const registerTenant = async (
  ports: Ports,
  input: NewTenant,
  known?: KnownTables,
): Promise<Tenant> => {
  const { tenantId, tier, placement } = parseNewTenant(ports.settings, input);
  const found = await ports.registry.tenant(tenantId);
  if (found) {
    checkNotBeingRemoved(found);
    throw new InvalidRequest(`tenant ${tenantId} is registered already. Nothing was changed`, {
      facts: { tenantId },
      next: { action: 'show-tenant', tenantId },
    });
  }
  const tables = known ?? { registered: await ports.registry.allTables(), checked: new Set() };
  const owner = placement === 'dedicated' ? { tenantId } : undefined;
  const table =
    input.table === undefined
      ? await chooseTableFor(ports, { tenantId, tier, placement }, tables)
      : await existingTableFor(ports, tier, tableName(input.table), tables.registered, owner);
  const now = ports.clock.now();
  const tenant: Tenant = {
    tenantId,
    name: input.name,
    tier: tier.name,
    placement,
    table,
    maxSchools: tier.maxSchools,
    schoolCount: input.schoolCount ?? 0,
    schoolCountedAt: now,
    createdAt: now,
    createdBy: input.by,
    createdReason: input.reason,
    updatedAt: now,
    updatedBy: input.by,
  };
  // late changes of an earlier route of this id must not match
  const removed = await ports.registry.removedTenant(tenantId);
  const epoch = ((removed?.routeEpoch ?? 0) + 1) as RoutingEpoch;
  await ports.registry.addTenant(tenant, {
    tenantId,
    protocol: ROUTE_PROTOCOL,
    table,
    epoch,
    writes: 'open',
    leaseMs: ports.settings.leaseMs,
    pastTables: removed && unknownBefore(now, table),
  });
  return tenant;
};

/** @throws TenantBeingRemoved if the tenant is registered only until its removal has ended */
export const checkNotBeingRemoved = (tenant: Tenant): void => {
  if (tenant.removal) throw tenantBeingRemoved(tenant, 'Then register the tenant again');
};

/** Returns a table with a free slot for a tenant without items. Creates and registers it if there is none. */
const chooseTableFor = async (
  ports: Ports,
  wish: PlacementRequest,
  { registered, checked }: KnownTables,
): Promise<TableName> => {
  const { table, isRegistered } = chooseTable(ports.settings, wish, registered);
  if (wish.placement === 'dedicated') {
    await checkDedicatedTable(ports, wish.tenantId, { table, isRegistered });
    // the record proves whose table it is: a repeated registration could not take over a table without one
    if (!isRegistered) await ports.registry.addTable(newTable(wish.tier, table, { tenantId: wish.tenantId }));
  }
  if (!checked.has(table)) await ensureTable(ports, table);
  if (wish.placement === 'shared' && !isRegistered) await ports.registry.addTable(newTable(wish.tier, table));
  return table;
};

/**
 * Checks that the dedicated table chosen for a tenant without items does not exist, or is registered as this tenant's and
 * empty, as an interrupted registration leaves it. Changes nothing.
 * @throws InvalidRequest, NotSafe
 */
export const checkDedicatedTable = async (
  { tables, registry }: Pick<Ports, 'tables' | 'registry'>,
  tenantId: TenantId,
  { table, isRegistered }: ChosenTable,
): Promise<void> => {
  const found = await tables.describe(table);
  if (!found) return;
  const facts = { tenantId, table };
  if (!isRegistered)
    throw new InvalidRequest(
      `${unownedTableText(table)}. Nothing was changed. If its items are the tenant's, register the tenant with this table by name; if it is not needed, delete it`,
      { facts },
    );
  // an adopted table may contain other items of the application
  if ((await registry.table(table))?.isAdopted) return;
  const isReadable = found.status === 'ACTIVE' || found.status === 'UPDATING';
  if (isReadable && !(await tables.isEmpty(table)))
    throw new NotSafe(
      `table ${table} is the dedicated table of tenant ${tenantId}, which is not registered, but it has items. Nothing was changed. If they are the tenant's, register the tenant with this table by name; otherwise delete them`,
      { facts },
    );
};

/** Returns the existing table that has the tenant's items. Registers it if it is not registered. */
const existingTableFor = async (
  ports: Ports,
  tier: Tier,
  table: TableName,
  { tables: registered }: RegisteredTables,
  owner: { readonly tenantId: TenantId } | undefined,
): Promise<TableName> => {
  const known = registered.find((one) => one.table === table);
  if (!known) return (await adoptTable(ports, tier, table, owner)).table;
  checkNamedTable(known, tier, owner);
  return table;
};

/** Checks that a registered table can take a tenant that is registered with it by name. @throws InvalidRequest */
export const checkNamedTable = (
  { table, tier, placement, tenantId, state, freeSlots }: TierTable,
  wanted: Tier,
  owner: { readonly tenantId: TenantId } | undefined,
): void => {
  const isFor = placement === 'shared' ? 'several tenants' : `tenant ${tenantId}`;
  if (tier !== wanted.name || (owner ? tenantId !== owner.tenantId : placement !== 'shared'))
    throw new InvalidRequest(
      `table ${table} is registered in tier ${tier} for ${isFor}. Nothing was changed. Register the tenant with that tier and placement, or with another table`,
      { facts: { table, tier } },
    );
  if (state !== 'active')
    throw new InvalidRequest(
      `table ${table} is ${state} and takes no more tenants. Nothing was changed. Register the tenant with another table`,
      { facts: { table, tier } },
    );
  if (freeSlots <= 0)
    throw new InvalidRequest(
      `table ${table} has no free slot. Nothing was changed. Raise maxTenants of tier ${tier} and sweep, then try again`,
      { facts: { table, tier }, next: { action: 'sweep' } },
    );
};

/** Checks a tenant's id, tier and placement against the catalogue. Reads and changes nothing. @throws InvalidRequest */
export const parseNewTenant = (settings: Settings, input: NewTenant): PlacementRequest => {
  const id = tenantIdSchemaOf(settings).safeParse(input.tenantId);
  if (!id.success) {
    throw new InvalidRequest(
      `invalid tenant id '${input.tenantId}': ${id.error.issues.map((issue) => issue.message).join('; ')}. Nothing was changed`,
    );
  }
  if (!fitsTableName(settings, id.data)) {
    throw new InvalidRequest(
      `tenant id '${id.data}' is too long: its table names would exceed ${TABLE_NAME_CHARACTERS} characters. Nothing was changed. Choose a shorter id`,
    );
  }
  const tier = tierOf(settings, input.tier);
  if (!tier) {
    throw new InvalidRequest(
      `there is no tier '${input.tier}'. Nothing was changed. Tiers of the catalogue: ${settings.tiers.map((known) => known.name).join(', ')}`,
    );
  }
  const isDedicated = tier.placement === 'dedicated' || input.dedicated === true;
  if (isDedicated && tier.placement === 'shared' && !tier.dedicatedOnRequest) {
    throw new InvalidRequest(
      `tier ${tier.name} has no dedicated tables. Nothing was changed. Choose another tier, or a shared table`,
    );
  }
  return { tenantId: id.data, tier, placement: isDedicated ? 'dedicated' : 'shared' };
};
