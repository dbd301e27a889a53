import { InvalidRequest, NoRoom, NotSafe } from '../errors.ts';
import { TABLE_NAME_CHARACTERS } from '../limits.ts';
import { epochMs, type RoutingEpoch, type TableName, type TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { chooseTable } from '../provision/choose-table.ts';
import { tableDifferences } from '../provision/table-differences.ts';
import { type Tier, tierOf } from '../settings.ts';
import { fitsTableName, tenantIdSchema } from '../tenant-id.ts';
import type { Tenant, TierTable } from './records.ts';

export interface NewTenant {
  readonly tenantId: string;
  /** For people. */
  readonly name: string;
  readonly tier: string;
  readonly dedicated?: boolean;
  readonly schoolCount?: number;
  readonly by: string;
}

/** ms between two looks at a table that is being created. */
const LOOK_MS = 500;

/**
 * Registers a tenant and its route in a table of its tier with room, creating the table where there is none.
 * @throws InvalidRequest where the id, the tier or the wish is wrong, or the tenant is there already.
 * @throws NotSafe where the table isn't as the catalogue asks.
 */
export const registerTenant = async (ports: Ports, input: NewTenant): Promise<Tenant> => {
  const { tenantId, tier } = parse(ports, input);
  const dedicated = tier.placement === 'dedicated' || input.dedicated === true;
  if (dedicated && tier.placement === 'shared' && !tier.dedicatedOnRequest) {
    throw new InvalidRequest(`tier ${tier.name} has no dedicated tables`);
  }
  if (await ports.registry.tenant(tenantId))
    throw new InvalidRequest(`tenant ${tenantId} is registered already`);
  const placement = dedicated ? 'dedicated' : 'shared';
  const registered: TierTable[] = [];
  for await (const known of ports.registry.tables()) registered.push(known);
  const { table, isRegistered } = chooseTable(ports.settings, { tenantId, tier, placement }, registered);
  await ensureTable(ports, table);
  if (!isRegistered) {
    await ports.registry.addTable({
      table,
      tier: tier.name,
      placement,
      ...(dedicated ? { tenantId } : {}),
      room: dedicated ? 1 : tier.maxTenants,
      tenants: 0,
      reserved: 0,
      leaving: 0,
      state: 'active',
    });
  }
  const now = ports.clock.now();
  const tenant: Tenant = {
    tenantId,
    name: input.name,
    tier: tier.name,
    placement,
    table,
    ...(tier.maxSchools === undefined ? {} : { maxSchools: tier.maxSchools }),
    schoolCount: input.schoolCount ?? 0,
    schoolCountedAt: now,
    createdAt: now,
    createdBy: input.by,
    updatedAt: now,
    updatedBy: input.by,
  };
  const epoch = 1 as RoutingEpoch;
  await ports.registry.addTenant(tenant, {
    tenantId,
    table,
    epoch,
    writes: 'open',
    leaseMs: ports.settings.leaseMs,
  });
  return tenant;
};

const parse = (ports: Ports, input: NewTenant): { tenantId: TenantId; tier: Tier } => {
  const id = tenantIdSchema.safeParse(input.tenantId);
  if (!id.success) {
    throw new InvalidRequest(
      `tenant id '${input.tenantId}': ${id.error.issues.map((issue) => issue.message).join('; ')}`,
    );
  }
  if (!fitsTableName(ports.settings, id.data)) {
    throw new InvalidRequest(
      `tenant id '${id.data}' would make table names over ${TABLE_NAME_CHARACTERS} characters`,
    );
  }
  const tier = tierOf(ports.settings, input.tier);
  if (!tier) {
    throw new InvalidRequest(
      `there is no tier '${input.tier}'; the catalogue has ${ports.settings.tiers.map((known) => known.name).join(', ')}`,
    );
  }
  return { tenantId: id.data, tier };
};

/** Not in a Lambda: a person waits for it. */
const ensureTable = async (ports: Ports, table: TableName): Promise<void> => {
  const { settings, clock } = ports;
  const giveUpAt = clock.now() + settings.maxProvisionMs;
  let found = await ports.tables.describe(table);
  const creates = !found;
  if (creates) await ports.tables.create(table, settings.tableDesign);
  while (found?.status !== 'ACTIVE') {
    if (clock.now() > epochMs(giveUpAt))
      throw new NoRoom(`table ${table} is ${found?.status ?? 'gone'}; try again later`);
    if (found) await clock.sleep(LOOK_MS);
    found = await ports.tables.describe(table);
  }
  if (creates) await ports.tables.configure(table, settings.tableDesign);
  const differences = tableDifferences(
    (creates ? await ports.tables.describe(table) : found) ?? found,
    settings.tableDesign,
  );
  if (differences.length > 0)
    throw new NotSafe(`table ${table} is not as the catalogue asks: ${differences.join('; ')}`);
};
