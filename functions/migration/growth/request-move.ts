import { InvalidRequest, TenantNotFound } from '../errors.ts';
import type { TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { requestOnce } from '../requests/request-once.ts';
import { tierOf } from '../settings/settings.ts';
import { recountSchools } from './recount-schools.ts';

/** A migration that an EventBridge event requests. */
export interface MoveRequestFields {
  readonly tenantId: string;
  /** Absent to move the tenant only if it has outgrown its tier. */
  readonly toTier?: string | undefined;
  readonly dedicated: boolean;
  readonly reason: string;
  readonly requestedBy: string;
}

/**
 * Requests a tenant's migration on behalf of another system's event. The event may be delivered again, so it does not repeat
 * a migration that has completed, failed or was cancelled. @throws TenantNotFound, InvalidRequest, Throttled, Unavailable
 */
export const requestMove = async (ports: Ports, request: MoveRequestFields): Promise<void> => {
  const { toTier, dedicated, reason, requestedBy } = request;
  const tenant = await ports.registry.tenant(request.tenantId as TenantId);
  if (!tenant) throw new TenantNotFound(`there is no tenant ${request.tenantId}. Nothing was requested`);
  if (toTier === undefined) return recountSchools(ports, tenant, requestedBy);
  if (!tierOf(ports.settings, toTier))
    throw new InvalidRequest(`there is no tier '${toTier}' in the catalogue. Nothing was requested`);
  const answer = await requestOnce(ports, tenant, { toTier, dedicated, reason, requestedBy }, 'never');
  ports.log.info({ tenantId: tenant.tenantId, request: answer.kind }, 'move requested by an event');
};
