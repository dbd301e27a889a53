import { crowdedTenants, fitRooms } from '../growth/crowded-tables.ts';
import { type Looking, nearTenants } from '../growth/near-tenants.ts';
import type { TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { type Leaving, type Moved, type Moving, moveTenants } from './move-tenants.ts';

/** Options of an operator's sweep. */
export type Sweeping = Moving & Looking;

/** A tenant that a sweep found: one to be moved, or one that needs manual action. */
export type Found =
  | ({ readonly kind: 'leaves' } & Leaving)
  /** A tenant that has outgrown its tier and is not moved automatically. */
  | { readonly kind: 'needsPerson'; readonly tenantId: TenantId; readonly why: string };

/** Result of an operator's sweep. */
export interface Swept extends Moved {
  readonly needPerson: readonly Pick<Found & { kind: 'needsPerson' }, 'tenantId' | 'why'>[];
}

/**
 * Yields the tenants that need to move, and changes nothing: first those that have outgrown their tier, then those that exceed
 * their table's tenant limit. @throws Throttled, Unavailable
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
 * Requests a migration of every tenant that needs to move, and saves the schools counted of them. Safe to repeat after an
 * interruption, or for tenants that stayed. A failed migration is requested again, a cancelled one is not.
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
