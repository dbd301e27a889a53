import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/records.ts';
import { type Asked, requestOnce } from '../triggers/request-once.ts';
import { decideMove } from './decide-move.ts';

/** Asks for a tenant's move where it has outgrown its tier, once, and says in the log where a person is needed. */
export const considerMove = async (ports: Ports, tenant: Tenant, by: string): Promise<Asked | undefined> => {
  const decision = decideMove(ports.settings, tenant);
  const { tenantId, schoolCount } = tenant;
  if (decision.kind === 'stay') return undefined;
  if (decision.kind === 'needsPerson') {
    // a move that an operator turned off is no news
    const log = tenant.autoMigrate === 'off' ? ports.log.info : ports.log.warn;
    log({ tenantId, schools: schoolCount }, 'the tenant has outgrown its tier and does not move by itself');
    return { kind: 'stays', why: decision.why };
  }
  const { tier: toTier, dedicated, why: reason } = decision;
  const asked = await requestOnce(ports, tenant, { toTier, dedicated, reason, requestedBy: by }, 'never');
  const migrationId = 'migration' in asked ? asked.migration.migrationId : undefined;
  ports.log.info(
    { tenantId, schools: schoolCount, migrationId, request: asked.kind },
    'the tenant has outgrown its tier',
  );
  return asked;
};
