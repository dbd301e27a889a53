import type { ListedMigration } from '../../../functions/migration/execution.ts';
import type { Preferences, Tenant } from '../../../functions/migration/registry/records.ts';
import type { Route } from '../../../functions/migration/routing/route.ts';
import { count, duration, moment } from './figures.ts';
import { renderMigrations } from './render-migrations.ts';
import { indent, table } from './table.ts';

const schoolsOf = ({ schoolCount, maxSchools }: Tenant): string =>
  `${count(schoolCount)}${maxSchools === undefined ? '' : ` of ${count(maxSchools)}`}`;

/** Terminal width from which tenants' names are shown. */
const ROOM_FOR_NAMES = 112;

/** @param columns width of the terminal; absent if there is none. */
export const renderTenants = (tenants: readonly Tenant[], columns?: number): string[] => {
  if (tenants.length === 0) return ["no tenants; add one with 'tierferry tenant add'"];
  const hasNames = columns === undefined || columns >= ROOM_FOR_NAMES;
  const hasLocks = tenants.some(({ lockedBy }) => lockedBy !== undefined);
  const cells = (tenant: Tenant): string[] => [
    tenant.tenantId,
    ...(hasNames ? [tenant.name] : []),
    tenant.tier,
    schoolsOf(tenant),
    tenant.table,
    ...(hasLocks ? [tenant.lockedBy ?? ''] : []),
  ];
  const names = hasNames ? (['left'] as const) : [];
  return table(
    ['tenant', ...(hasNames ? ['name'] : []), 'tier', 'schools', 'table', ...(hasLocks ? ['locked by'] : [])],
    tenants.map(cells),
    ['left', ...names, 'left', 'right'],
  );
};

export const renderTenant = (
  tenant: Tenant,
  route: Route | undefined,
  migrations: readonly ListedMigration[],
): string[] => [
  `Tenant ${tenant.tenantId}: ${tenant.name}`,
  '',
  ...indent(
    table(undefined, [
      ['tier', `${tenant.tier} (${tenant.placement})`],
      ['table', tenant.table],
      ['schools', `${schoolsOf(tenant)}, counted ${moment(tenant.schoolCountedAt)}`],
      ['growth', preferencesOf(tenant)],
      ['route', route ? routeOf(route) : 'none'],
      ['migration', tenant.lockedBy ?? 'none'],
      ['registered', `${moment(tenant.createdAt)} by ${tenant.createdBy}`],
      ['changed', `${moment(tenant.updatedAt)} by ${tenant.updatedBy}`],
    ]),
  ),
  ...(migrations.length > 0 ? ['', ...indent(renderMigrations(migrations))] : []),
];

/** Renders how the tenant is moved when it outgrows its tier. */
export const preferencesOf = ({ autoMigrate, pinnedTier, wantsDedicated }: Preferences): string =>
  [
    autoMigrate === 'off'
      ? 'not moved automatically'
      : `moved automatically to ${pinnedTier ?? 'the lowest tier that fits'}${pinnedTier ? ' only' : ''}`,
    ...(wantsDedicated ? ['to a table of its own if the tier allows it'] : []),
  ].join('; ');

const routeOf = (route: Route): string =>
  `${route.table}, epoch ${route.epoch}, writes ${route.writes}, lease ${duration(route.leaseMs)}`;
