import type { NearTenant } from '../../../functions/migration/growth/near-tenants.ts';
import type { Tier } from '../../../functions/migration/settings.ts';
import { count } from './figures.ts';
import { indent, table } from './table.ts';

/** Renders the catalogue, and the tenants near their limit or over it. */
export const renderThresholds = (tiers: readonly Tier[], tenants: readonly NearTenant[]): string[] => [
  'Tiers:',
  '',
  ...indent(
    table(
      ['tier', 'tables', 'max schools', 'tenants per table'],
      tiers.map((tier) => [
        tier.name,
        placementOf(tier),
        tier.maxSchools === undefined ? 'no limit' : count(tier.maxSchools),
        count(tier.maxTenants),
      ]),
      ['left', 'left', 'right', 'right'],
    ),
  ),
  '',
  ...(tenants.length === 0
    ? ['No tenant is near its limit.']
    : ['Near a limit, or over it:', '', ...indent(renderTenants(tenants))]),
];

const placementOf = ({ placement, dedicatedOnRequest }: Tier): string =>
  dedicatedOnRequest && placement === 'shared' ? 'shared, dedicated on request' : placement;

const renderTenants = (tenants: readonly NearTenant[]): string[] =>
  table(
    ['tenant', 'tier', 'schools', ''],
    tenants.map(({ tenant, share, decision }) => [
      tenant.tenantId,
      tenant.tier,
      `${count(tenant.schoolCount)}${share === undefined ? '' : ` (${Math.floor(share * 100)} %)`}`,
      decision.kind === 'move'
        ? `should move to ${decision.tier}${decision.dedicated ? ', in a table of its own' : ''}`
        : decision.kind === 'needsPerson'
          ? `needs manual action: ${decision.why}`
          : '',
    ]),
    ['left', 'left', 'right'],
  );
