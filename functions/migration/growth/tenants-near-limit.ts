import type { TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/tenant.ts';
import { tierOf } from '../settings/settings.ts';
import { decideMove, type MoveDecision } from './decide-move.ts';
import { countSchoolsIfTableExists } from './tenant-schools.ts';

export interface NearTenant {
  readonly tenant: Tenant;
  /** Schools as a share of the tier's limit, 1 at the limit; absent if there is no limit. */
  readonly share?: number;
  readonly decision: MoveDecision;
}

/** Options for a pass over the tenants. */
export interface CountOptions {
  /** True to count schools in the tenants' tables now, at two read units each; false to use the registry's counts. */
  readonly counts: boolean;
  /** Resume after this tenant, in the registry's order. */
  readonly after?: TenantId | undefined;
  /** Called with each tenant once it has been checked. An error that it throws ends the pass. */
  readonly onSeen?: (tenantId: TenantId) => void;
}

/**
 * Yields the tenants that are near or over their tier's limit, or for which a move is decided.
 * @param share of the limit at which a tenant counts as near.
 */
export async function* nearTenants(
  ports: Ports,
  { share: near, counts, after, onSeen }: CountOptions & { readonly share: number },
): AsyncGenerator<NearTenant> {
  for await (const registered of ports.registry.tenants(after)) {
    const tenant = counts ? await withCount(ports, registered) : registered;
    const decision = decideMove(ports.settings, tenant);
    const { maxSchools } = tierOf(ports.settings, tenant.tier) ?? {};
    const share = maxSchools === undefined ? undefined : tenant.schoolCount / maxSchools;
    if (decision.kind !== 'stay' || (share ?? 0) >= near) yield { tenant, decision, share };
    onSeen?.(tenant.tenantId);
  }
}

/** Counts the tenant's schools in its table. If the table does not exist, the registry's count is kept. */
const withCount = async (ports: Ports, tenant: Tenant): Promise<Tenant> => {
  const schools = await countSchoolsIfTableExists(ports, tenant);
  return schools === undefined
    ? tenant
    : { ...tenant, schoolCount: schools, schoolCountedAt: ports.clock.now() };
};
