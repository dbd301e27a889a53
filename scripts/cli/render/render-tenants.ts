import { formatDuration } from '../../../functions/migration/format-duration.ts';
import type { MigrationWithExecution } from '../../../functions/migration/record/execution.ts';
import type { Preferences, Tenant } from '../../../functions/migration/registry/tenant.ts';
import type { Route } from '../../../functions/migration/route/route.ts';
import { countedLabels, type LabelSettings } from '../../../functions/migration/settings/counted-items.ts';
import { formatCount, formatTime } from './figures.ts';
import { renderMigrations } from './render-migrations.ts';
import { indent, renderTable } from './text-table.ts';

const schoolsOf = ({ schoolCount, maxSchools }: Tenant): string =>
  `${formatCount(schoolCount)}${maxSchools === undefined ? '' : ` of ${formatCount(maxSchools)}`}`;

/** Terminal width from which tenants' names are shown. */
const NAME_WIDTH = 112;

/**
 * @param columns width of the terminal; absent if there is none.
 * @param settings name what is counted.
 */
export const renderTenants = (
  tenants: readonly Tenant[],
  columns?: number,
  settings: LabelSettings = {},
): string[] => {
  if (tenants.length === 0) return ["no tenants; add one with 'tierferry tenant add'"];
  const hasNames = columns === undefined || columns >= NAME_WIDTH;
  const hasLocks = tenants.some(({ lockedBy }) => lockedBy !== undefined);
  const rowOf = (tenant: Tenant): string[] => [
    tenant.tenantId,
    ...(hasNames ? [tenant.name] : []),
    tenant.tier,
    schoolsOf(tenant),
    tenant.table,
    ...(hasLocks ? [tenant.lockedBy ?? ''] : []),
  ];
  const names = hasNames ? (['left'] as const) : [];
  return renderTable(
    [
      'tenant',
      ...(hasNames ? ['name'] : []),
      'tier',
      countedLabels(settings),
      'table',
      ...(hasLocks ? ['locked by'] : []),
    ],
    tenants.map(rowOf),
    ['left', ...names, 'left', 'right'],
  );
};

/** @param columns width of the terminal; absent if there is none. */
export const renderTenant = (
  tenant: Tenant,
  route: Route | undefined,
  migrations: readonly MigrationWithExecution[],
  columns?: number,
  settings: LabelSettings = {},
): string[] => [
  `Tenant ${tenant.tenantId}: ${tenant.name}`,
  '',
  ...indent(
    renderTable(undefined, [
      ['tier', `${tenant.tier} (${tenant.placement})`],
      ['table', tenant.table],
      [countedLabels(settings), `${schoolsOf(tenant)}, counted ${formatTime(tenant.schoolCountedAt)}`],
      ['growth', withReason(preferencesOf(tenant), tenant.preferencesReason)],
      ['route', route ? routeOf(route) : 'none'],
      ['migration', tenant.lockedBy ?? 'none'],
      [
        'registered',
        withReason(`${formatTime(tenant.createdAt)} by ${tenant.createdBy}`, tenant.createdReason),
      ],
      ['changed', `${formatTime(tenant.updatedAt)} by ${tenant.updatedBy}`],
      ...(tenant.nameReason === undefined ? [] : [['renamed', tenant.nameReason]]),
      ...removalRow(tenant),
    ]),
  ),
  ...(migrations.length > 0
    ? ['', ...indent(renderMigrations(migrations, columns === undefined ? undefined : columns - 2))]
    : []),
];

/** Renders a removal that has begun, with the command that continues it. */
const removalRow = ({ tenantId, removal }: Tenant): string[][] => {
  if (!removal) return [];
  const begun = withReason(`begun ${formatTime(removal.startedAt)} by ${removal.startedBy}`, removal.reason);
  return [['removal', `${begun}; continue with 'tierferry tenant remove ${tenantId}'`]];
};

const withReason = (text: string, reason: string | undefined): string =>
  reason === undefined ? text : `${text}: ${reason}`;

/** Renders how the tenant is moved when it outgrows its tier. */
export const preferencesOf = ({ autoMigrate, pinnedTier, wantsDedicated }: Preferences): string =>
  [
    autoMigrate === 'off'
      ? 'not moved automatically'
      : `moved automatically to ${pinnedTier ?? 'the lowest tier that fits'}${pinnedTier ? ' only' : ''}`,
    ...(wantsDedicated ? ['to a table of its own if the tier allows it'] : []),
  ].join('; ');

const routeOf = (route: Route): string =>
  `${route.table}, epoch ${route.epoch}, writes ${route.writes}, lease ${formatDuration(route.leaseMs)}`;
