import { nearTenants } from '../growth/near-tenants.ts';
import type { TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { type Leaving, type Moved, type Moving, moveTenants } from './move-tenants.ts';

export interface Sweeping extends Moving {
  /** Whether schools are counted in the tenants' tables first, two read units each; else the registry says. */
  readonly counts: boolean;
}

/** What a sweep finds. */
export interface Found {
  readonly outgrown: readonly Leaving[];
  /** Tenants that have outgrown their tier and do not move by themselves. */
  readonly needPerson: readonly { readonly tenantId: TenantId; readonly why: string }[];
}

export interface Swept extends Moved {
  readonly needPerson: Found['needPerson'];
}

/** Looks for tenants that belong elsewhere, and changes nothing. @throws TableNotFound, Throttled, Unavailable */
export const findOutgrown = async (ports: Ports, { counts }: Pick<Sweeping, 'counts'>): Promise<Found> => {
  const outgrown: Leaving[] = [];
  const needPerson: { tenantId: TenantId; why: string }[] = [];
  for await (const { tenant, decision } of nearTenants(ports, { share: Number.POSITIVE_INFINITY, counts })) {
    if (decision.kind === 'needsPerson') needPerson.push({ tenantId: tenant.tenantId, why: decision.why });
    if (decision.kind !== 'move') continue;
    const { tier: toTier, dedicated, why: reason } = decision;
    outgrown.push({ tenant, request: { toTier, dedicated, reason } });
  }
  return { outgrown, needPerson };
};

/**
 * Requests the move of every tenant that has outgrown its tier, and notes the counts that it has taken. It may be run
 * again, after Ctrl-C or for those who stayed: who has moved belongs where it is. A move that has failed is asked for
 * again, one that somebody has called back is not.
 */
export const sweep = async (ports: Ports, asked: Sweeping): Promise<Swept> => {
  const { outgrown, needPerson } = await findOutgrown(ports, asked);
  if (asked.counts) {
    for (const { tenant } of outgrown) {
      const { tenantId, schoolCount: schools, schoolCountedAt: at } = tenant;
      await ports.registry.count(tenantId, { schools, at });
    }
  }
  return { ...(await moveTenants(ports, outgrown, asked, 'failed')), needPerson };
};
