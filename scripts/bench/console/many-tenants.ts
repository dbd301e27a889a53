import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoClient } from '../../../functions/aws/client.ts';
import { systemClock } from '../../../functions/aws/clock.ts';
import { Records } from '../../../functions/aws/records.ts';
import { tableKey, tenantKey } from '../../../functions/aws/registry-records.ts';
import type { RoutingEpoch, TenantId } from '../../../functions/migration/names.ts';
import type { Tenant } from '../../../functions/migration/registry/tenant.ts';
import { nameKeyOf } from '../../../functions/migration/registry/tenant-range.ts';
import type { Route } from '../../../functions/migration/route/route.ts';
import { controlTables, sharedTableName, type Tier } from '../../../functions/migration/settings/settings.ts';
import type { Stack } from '../../local/stack.ts';

/** Tenants in one call of `writeMany`, which sends its batches side by side. */
const AT_ONCE = 2_000;

/** A tier with shared tables and a limit of schools. */
type LimitedTier = Tier & { readonly maxSchools: number };
const isLimited = (tier: Tier): tier is LimitedTier =>
  tier.placement === 'shared' && tier.maxSchools !== undefined;

/** Returns the id of the n-th tenant, from 0. Its name is `District` and n. */
export const manyTenantId = (n: number): TenantId => `district-${String(n).padStart(5, '0')}` as TenantId;

/**
 * Writes the records of many tenants without items in batches, since registering them one by one takes minutes. They are
 * spread over the tiers with shared tables and over every share of their limit.
 */
export const addManyTenants = async (
  { client, ports }: Pick<Stack, 'client' | 'ports'>,
  tenants: number,
): Promise<void> => {
  const { registry, routes } = controlTables(ports.settings);
  const tiers = ports.settings.tiers.filter(isLimited);
  const sdk = dynamoClient(client);
  const documents = DynamoDBDocumentClient.from(sdk, { marshallOptions: { removeUndefinedValues: true } });
  const records = new Records(documents, systemClock, Math.random);
  const placed = (n: number) => {
    const tier = tiers[n % tiers.length];
    if (!tier) throw new Error('the catalogue has no tier with shared tables and a limit of schools');
    return { tier, table: sharedTableName(ports.settings, tier.name, 1) };
  };
  try {
    for (let from = 0; from < tenants; from += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, tenants - from) }, (_, n) => from + n);
      const made = some.map((n) => tenantAt(n, placed(n), ports.settings.leaseMs));
      await records.writeMany(
        registry,
        made.map(({ tenant }) => ({
          put: { ...tenantKey(tenant.tenantId), ...tenant, nameKey: nameKeyOf(tenant.name) },
        })),
      );
      await records.writeMany(
        routes,
        made.map(({ route }) => ({ put: { ...route } })),
      );
    }
    for (const [n, { name }] of tiers.entries())
      await documents.send(
        new UpdateCommand({
          TableName: registry,
          Key: tableKey(sharedTableName(ports.settings, name, 1)),
          UpdateExpression: 'ADD tenants :tenants',
          ExpressionAttributeValues: { ':tenants': Math.ceil((tenants - n) / tiers.length) },
        }),
      );
  } finally {
    sdk.destroy();
  }
};

const tenantAt = (
  n: number,
  { tier, table }: { readonly tier: LimitedTier; readonly table: Tenant['table'] },
  leaseMs: number,
): { readonly tenant: Tenant; readonly route: Route } => {
  const tenantId = manyTenantId(n);
  const at = systemClock.now();
  return {
    tenant: {
      tenantId,
      name: `District ${n}`,
      tier: tier.name,
      placement: 'shared',
      table,
      maxSchools: tier.maxSchools,
      schoolCount: n % (tier.maxSchools + 1),
      schoolCountedAt: at,
      createdAt: at,
      createdBy: 'set-up',
      updatedAt: at,
      updatedBy: 'set-up',
    },
    route: { tenantId, table, epoch: 1 as RoutingEpoch, writes: 'open', leaseMs },
  };
};
