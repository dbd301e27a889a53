import { crowdedTenants, fitRooms } from '../growth/crowded-tables.ts';
import { recount } from '../growth/recount.ts';
import type { TenantId } from '../names.ts';
import type { Ports, Slice } from '../ports.ts';
import { unlessDamaged } from '../unless-damaged.ts';
import { requestOnce } from './request-once.ts';

const BY = 'sweep';

export interface SweptSlice {
  /** Tenants that were looked at. */
  readonly tenants: number;
  /** The round is over; else it goes on at the next call. */
  readonly isDone: boolean;
}

/**
 * A slice of the sweep that goes by itself: counts the schools of every tenant in its table, two read units each, and
 * asks for the moves of those who have outgrown their tier or are too many in their table, which nobody may have been
 * told of. It goes on where the slice before ended, and begins a new round `sweepEveryMs` after the last one. What has
 * been asked for is not asked for again, nor what has failed: that is for a person. If the record of how far the sweep has
 * come is damaged, nothing is swept: a round from the beginning each time would cost reads without end.
 */
export const sweepSlice = async (ports: Ports, { deadline }: Slice): Promise<SweptSlice> => {
  const { sweeps, registry, clock, log, settings } = ports;
  const state = await unlessDamaged(sweeps.current(), undefined);
  if (!state) {
    log.warn({}, 'no sweep: the record of how far it has come is damaged');
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
    // one that can't be counted must not keep the others from it
    await recount(ports, tenant, BY).catch((error: Error) =>
      log.warn({ tenantId: tenant.tenantId, error: error.name }, 'a tenant was not looked at'),
    );
    tenants += 1;
    through = tenant.tenantId;
  }
  await fitRooms(ports);
  for await (const { tenant, why: reason } of crowdedTenants(ports)) {
    const asked = await requestOnce(ports, tenant, { reason, requestedBy: BY }, 'never');
    log.info(
      { tenantId: tenant.tenantId, table: tenant.table, request: asked.kind },
      'its table is too full',
    );
  }
  await sweeps.save({ endedAt: clock.now() });
  return { tenants, isDone: true };
};
