import type { NearTenant } from '../../../functions/migration/growth/tenants-near-limit.ts';
import { countedLabels, type LabelSettings } from '../../../functions/migration/settings/counted-items.ts';
import type { Tier } from '../../../functions/migration/settings/settings.ts';
import { formatCount } from './figures.ts';
import { indent, renderTable, renderTableWithin } from './text-table.ts';

const INDENT = 2;

/**
 * Renders the catalogue, and the tenants near their limit or over it.
 * @param columns width of the terminal; absent if there is none.
 * @param settings name what is counted.
 */
export const renderThresholds = (
  tiers: readonly Tier[],
  tenants: readonly NearTenant[],
  columns?: number,
  settings: LabelSettings = {},
): string[] => [
  'Tiers:',
  '',
  ...indent(
    renderTable(
      ['tier', 'tables', `max ${countedLabels(settings)}`, 'tenants per table'],
      tiers.map((tier) => [
        tier.name,
        placementOf(tier),
        tier.maxSchools === undefined ? 'no limit' : formatCount(tier.maxSchools),
        formatCount(tier.maxTenants),
      ]),
      ['left', 'left', 'right', 'right'],
    ),
  ),
  '',
  ...(tenants.length === 0
    ? ['No tenant is near its limit.']
    : ['Near a limit, or over it:', '', ...indent(renderTenants(tenants, columns, settings), INDENT)]),
];

const placementOf = ({ placement, dedicatedOnRequest }: Tier): string =>
  dedicatedOnRequest && placement === 'shared' ? 'shared, dedicated on request' : placement;

const renderTenants = (
  tenants: readonly NearTenant[],
  columns: number | undefined,
  settings: LabelSettings,
): string[] =>
  renderTableWithin(
    columns === undefined ? undefined : columns - INDENT,
    ['tenant', 'tier', countedLabels(settings), 'next'],
    tenants.map(({ tenant, share, decision }) => [
      tenant.tenantId,
      tenant.tier,
      `${formatCount(tenant.schoolCount)}${share === undefined ? '' : ` (${Math.floor(share * 100)} %)`}`,
      decision.kind === 'move'
        ? `should move to ${decision.tier}${decision.dedicated ? ', in a table of its own' : ''}`
        : decision.kind === 'manualAction'
          ? `needs manual action: ${decision.reason}`
          : '',
    ]),
    ['left', 'left', 'right'],
  );
