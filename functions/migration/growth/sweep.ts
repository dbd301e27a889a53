import type { TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { type MoveOptions, type MoveResult, moveTenants, type TenantMove } from '../requests/move-tenants.ts';
import { recalculateFreeSlots, tenantsOverLimit } from './tables-over-limit.ts';
import { type CountOptions, nearTenants } from './tenants-near-limit.ts';

/** Options of an operator's sweep. */
export type SweepOptions = MoveOptions &
  CountOptions & {
    /** The operator's reason, which is added to the reason of each move. */
    readonly reason?: string;
  };

/** A tenant that a sweep found: one to be moved, or one that needs manual action. */
export type SweepFinding =
  | ({ readonly kind: 'leaves' } & TenantMove)
  /** A tenant that has outgrown its tier and is not moved automatically. */
  | { readonly kind: 'manualAction'; readonly tenantId: TenantId; readonly reason: string };

/** Result of an operator's sweep. */
export interface SweepResult extends MoveResult {
  readonly needPerson: readonly Pick<SweepFinding & { kind: 'manualAction' }, 'tenantId' | 'reason'>[];
}

/**
 * Yields the tenants that need to move, and changes nothing: first those that have outgrown their tier, then those that exceed
 * their table's tenant limit. @throws Throttled, Unavailable
 */
export async function* findTenantsToMove(ports: Ports, options: CountOptions): AsyncGenerator<SweepFinding> {
  for await (const { tenant, decision } of nearTenants(ports, {
    ...options,
    share: Number.POSITIVE_INFINITY,
  })) {
    if (decision.kind === 'manualAction')
      yield { kind: 'manualAction', tenantId: tenant.tenantId, reason: decision.reason };
    if (decision.kind !== 'move') continue;
    const { tier: toTier, dedicated, reason } = decision;
    yield { kind: 'leaves', tenant, request: { toTier, dedicated, reason } };
  }
  for await (const { tenant, reason } of tenantsOverLimit(ports))
    yield { kind: 'leaves', tenant, request: { reason } };
}

/**
 * Requests a migration of every tenant that needs to move, and saves the schools counted of them. Safe to repeat after an
 * interruption, or for tenants that stayed. A failed migration is requested again, a cancelled one is not.
 */
export const sweep = async (ports: Ports, request: SweepOptions): Promise<SweepResult> => {
  const needPerson: { tenantId: TenantId; reason: string }[] = [];
  const tenantMoves = async function* (): AsyncGenerator<TenantMove> {
    await recalculateFreeSlots(ports);
    for await (const found of findTenantsToMove(ports, withSignal(request))) {
      if (found.kind === 'manualAction') needPerson.push({ tenantId: found.tenantId, reason: found.reason });
      if (found.kind !== 'leaves') continue;
      const { tenantId, schoolCount: schools, schoolCountedAt: at } = found.tenant;
      if (request.counts) await ports.registry.setSchoolCount(tenantId, { schools, at });
      yield withReason(found, request.reason);
    }
  };
  return { ...(await moveTenants(ports, tenantMoves(), request, 'failed')), needPerson };
};

const withReason = ({ tenant, request }: TenantMove, reason: string | undefined): TenantMove => ({
  tenant,
  request: reason === undefined ? request : { ...request, reason: `${request.reason}; ${reason}` },
});

const withSignal = ({ signal, onSeen, counts, after }: SweepOptions): CountOptions => ({
  counts,
  after,
  onSeen(tenantId) {
    onSeen?.(tenantId);
    signal?.throwIfAborted();
  },
});
