import { InvalidRequest } from '../errors.ts';
import { TABLE_NAME_CHARACTERS } from '../limits.ts';
import type { RoutingEpoch, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { chooseTable } from '../provision/choose-table.ts';
import { type Tier, tierOf } from '../settings.ts';
import { fitsTableName, tenantIdSchema } from '../tenant-id.ts';
import { ensureTable } from './ensure-table.ts';
import { newTable } from './new-table.ts';
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
    await ports.registry.addTable(newTable(tier, table, dedicated ? { tenantId } : undefined));
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
