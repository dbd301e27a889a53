import type { TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/records.ts';
import { tierOf } from '../settings.ts';
import { schoolsIfThere } from './count-schools.ts';
import { type Decision, decideMove } from './decide-move.ts';

export interface NearTenant {
  readonly tenant: Tenant;
  /** Schools of its tier's limit, 1 for as many as it holds; absent where there is no limit. */
  readonly share?: number;
  readonly decision: Decision;
}

/** Which tenants are looked at. */
export interface Looking {
  /** Whether schools are taken from the tenants' tables now, two read units each, and not from the registry. */
  readonly counts: boolean;
  /** To go on behind the tenant that was looked at last, in the registry's own order. */
  readonly after?: TenantId | undefined;
  /** Hears of each tenant that has been looked at; what it throws ends the looking. */
  readonly onSeen?: (tenantId: TenantId) => void;
}

/**
 * Tenants that are near their tier's limit or over it, or that something is decided about, one by one.
 * @param share of the limit from which on a tenant is near.
 */
export async function* nearTenants(
  ports: Ports,
  { share: near, counts, after, onSeen }: Looking & { readonly share: number },
): AsyncGenerator<NearTenant> {
  for await (const registered of ports.registry.tenants(after)) {
    const tenant = counts ? await counted(ports, registered) : registered;
    const decision = decideMove(ports.settings, tenant);
    const { maxSchools } = tierOf(ports.settings, tenant.tier) ?? {};
    const share = maxSchools === undefined ? undefined : tenant.schoolCount / maxSchools;
    if (decision.kind !== 'stay' || (share ?? 0) >= near)
      yield { tenant, decision, ...(share === undefined ? {} : { share }) };
    onSeen?.(tenant.tenantId);
  }
}

/** A table that is gone is another command's business: what the registry says is all there is. */
const counted = async (ports: Ports, tenant: Tenant): Promise<Tenant> => {
  const schools = await schoolsIfThere(ports, tenant);
  return schools === undefined
    ? tenant
    : { ...tenant, schoolCount: schools, schoolCountedAt: ports.clock.now() };
};
