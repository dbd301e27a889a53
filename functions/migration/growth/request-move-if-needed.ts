import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/tenant.ts';
import { type RequestResult, requestOnce } from '../requests/request-once.ts';
import { decideMove } from './decide-move.ts';

/** Requests a tenant's move if it has outgrown its tier, once. Logs it if the move needs an operator's decision. */
export const requestMoveIfNeeded = async (
  ports: Ports,
  tenant: Tenant,
  by: string,
): Promise<RequestResult | undefined> => {
  const decision = decideMove(ports.settings, tenant);
  const { tenantId, schoolCount } = tenant;
  if (decision.kind === 'stay') return undefined;
  if (decision.kind === 'manualAction') {
    // no warning if an operator has turned automatic moves off
    const log = tenant.autoMigrate === 'off' ? ports.log.info : ports.log.warn;
    log(
      { tenantId, schools: schoolCount },
      'tenant belongs in another tier or table; not moved automatically',
    );
    return { kind: 'stays', reason: decision.reason };
  }
  const { tier: toTier, dedicated, reason } = decision;
  const asked = await requestOnce(ports, tenant, { toTier, dedicated, reason, requestedBy: by }, 'never');
  const migrationId = 'migration' in asked ? asked.migration.migrationId : undefined;
  ports.log.info(
    { tenantId, schools: schoolCount, migrationId, request: asked.kind },
    'tenant belongs in another tier or table; migration requested',
  );
  return asked;
};
