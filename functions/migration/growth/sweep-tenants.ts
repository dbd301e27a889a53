import type { Slice } from '../clock-port.ts';
import { fallbackIfDamaged } from '../fallback-if-damaged.ts';
import type { TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { requestOnce } from '../requests/request-once.ts';
import { recountSchools } from './recount-schools.ts';
import { recalculateFreeSlots, tenantsOverLimit } from './tables-over-limit.ts';

const BY = 'sweep';

/** Progress of one slice of the scheduled sweep. */
export interface SweepProgress {
  /** Number of tenants checked in this slice. */
  readonly tenants: number;
  /** True if the round has ended; false if the next call continues it. */
  readonly isDone: boolean;
}

/**
 * Runs one slice of the scheduled sweep. It counts the schools of every tenant in its live table, for two read units each, and
 * requests migrations of tenants that have outgrown their tier, or exceed their table's tenant limit. So it finds what a lost
 * event missed.
 *
 * A slice continues where the previous one stopped. A new round begins `sweepEveryMs` after the end of the last one. The sweep
 * does not repeat a migration that was requested before or has failed, which is left to an operator. If the record of the
 * sweep's progress is damaged, it does nothing: starting a round from the beginning each time would cost reads without end.
 */
export const sweepTenants = async (ports: Ports, { deadline }: Slice): Promise<SweepProgress> => {
  const { sweeps, registry, clock, log, settings } = ports;
  const state = await fallbackIfDamaged(sweeps.current(), undefined);
  if (!state) {
    log.warn({}, 'no sweep: the record of its progress is damaged; repair it');
    return { tenants: 0, isDone: true };
  }
  const { after, endedAt } = state;
  const isDue = after !== undefined || clock.now() >= (endedAt ?? 0) + settings.sweepEveryMs;
  if (!isDue) return { tenants: 0, isDone: true };
  let tenants = 0;
  let through: TenantId | undefined;
  for await (const tenant of registry.tenants(after)) {
    if (through !== undefined && clock.monotonic() >= deadline) {
      await sweeps.save({ after: through });
      return { tenants, isDone: false };
    }
    // a tenant that cannot be counted must not stop the sweep of the others
    await recountSchools(ports, tenant, BY).catch((error: Error) =>
      log.warn(
        { tenantId: tenant.tenantId, error: error.name },
        'tenant not counted; the next round tries again',
      ),
    );
    tenants += 1;
    through = tenant.tenantId;
  }
  await recalculateFreeSlots(ports);
  for await (const { tenant, reason } of tenantsOverLimit(ports)) {
    const request = await requestOnce(ports, tenant, { reason, requestedBy: BY }, 'never');
    log.info(
      { tenantId: tenant.tenantId, table: tenant.table, request: request.kind },
      'table exceeds its tenant limit',
    );
  }
  await sweeps.save({ endedAt: clock.now() });
  return { tenants, isDone: true };
};
