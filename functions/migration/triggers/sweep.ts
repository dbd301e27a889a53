import { crowdedTenants, fitRooms } from '../growth/crowded-tables.ts';
import { type Looking, nearTenants } from '../growth/near-tenants.ts';
import type { TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { type Leaving, type Moved, type Moving, moveTenants } from './move-tenants.ts';

export type Sweeping = Moving & Looking;

/** What a sweep finds. */
export type Found =
  | ({ readonly kind: 'leaves' } & Leaving)
  /** It has outgrown its tier and does not move by itself. */
  | { readonly kind: 'needsPerson'; readonly tenantId: TenantId; readonly why: string };

export interface Swept extends Moved {
  readonly needPerson: readonly Pick<Found & { kind: 'needsPerson' }, 'tenantId' | 'why'>[];
}

/**
 * Looks for tenants that belong elsewhere, one by one, and changes nothing: who has outgrown its tier, and at the end who
 * is too many in its table. @throws Throttled, Unavailable
 */
export async function* findLeaving(ports: Ports, looking: Looking): AsyncGenerator<Found> {
  for await (const { tenant, decision } of nearTenants(ports, {
    ...looking,
    share: Number.POSITIVE_INFINITY,
  })) {
    if (decision.kind === 'needsPerson')
      yield { kind: 'needsPerson', tenantId: tenant.tenantId, why: decision.why };
    if (decision.kind !== 'move') continue;
    const { tier: toTier, dedicated, why: reason } = decision;
    yield { kind: 'leaves', tenant, request: { toTier, dedicated, reason } };
  }
  for await (const { tenant, why: reason } of crowdedTenants(ports))
    yield { kind: 'leaves', tenant, request: { reason } };
}

/**
 * Requests the move of every tenant that belongs elsewhere as it is found, and notes the counts that it has taken of
 * them. It may be run again, after Ctrl-C or for those who stayed: who has moved belongs where it is. A move that has
 * failed is asked for again, one that somebody has called back is not.
 */
export const sweep = async (ports: Ports, asked: Sweeping): Promise<Swept> => {
  const needPerson: { tenantId: TenantId; why: string }[] = [];
  const leaving = async function* (): AsyncGenerator<Leaving> {
    await fitRooms(ports);
    for await (const found of findLeaving(ports, stoppable(asked))) {
      if (found.kind === 'needsPerson') needPerson.push({ tenantId: found.tenantId, why: found.why });
      if (found.kind !== 'leaves') continue;
      const { tenantId, schoolCount: schools, schoolCountedAt: at } = found.tenant;
      if (asked.counts) await ports.registry.count(tenantId, { schools, at });
      yield found;
    }
  };
  return { ...(await moveTenants(ports, leaving(), asked, 'failed')), needPerson };
};

const stoppable = ({ signal, onSeen, counts, after }: Sweeping): Looking => ({
  counts,
  after,
  onSeen(tenantId) {
    onSeen?.(tenantId);
    signal?.throwIfAborted();
  },
});
