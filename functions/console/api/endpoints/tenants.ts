import * as z from 'zod';
import { Conflict } from '../../../migration/errors.ts';
import { fallbackIfDamaged } from '../../../migration/fallback-if-damaged.ts';
import { decideMove } from '../../../migration/growth/decide-move.ts';
import { recommendedTargets } from '../../../migration/growth/recommended-targets.ts';
import { isClosed, STATUSES } from '../../../migration/life-cycle.ts';
import type { Migration } from '../../../migration/migration.ts';
import type { MigrationId, TableName, TenantId, TierName } from '../../../migration/names.ts';
import { nextOf } from '../../../migration/operator/actions.ts';
import { setPreferences } from '../../../migration/operator/set-preferences.ts';
import type { Ports } from '../../../migration/ports.ts';
import { listExecutions } from '../../../migration/record/execution.ts';
import { findTenant } from '../../../migration/registry/find-tenant.ts';
import {
  listTenants,
  shareOf,
  TENANT_SORTS,
  type TenantCursor,
  type TenantQuery,
} from '../../../migration/registry/list-tenants.ts';
import type { Tenant } from '../../../migration/registry/tenant.ts';
import { auditName } from '../access/subject.ts';
import type { Content } from '../answers.ts';
import { cursorOf, placeIn } from '../http/cursor.ts';
import { type App, addEndpoint, none } from '../http/endpoint.ts';
import { etagOf, namesEtag } from '../http/etag.ts';
import { ApiProblem } from '../http/problem.ts';
import { reason } from './reason.ts';

const PERCENT = 100;
const MAX_ROWS = 100;
const ROWS = 50;
/** Rows of a page that is read from the open migrations: each row takes the read of a tenant's record besides. */
const MAX_MIGRATIONS = 15;
/** Migrations shown with a tenant. */
const SHOWN_MIGRATIONS = 10;

export const limit = z.coerce.number().int().min(1).max(MAX_ROWS).default(ROWS).describe('Rows of a page.');
export const cursor = z.string().max(8_192).optional().describe('Cursor of the previous page.');
const tenantParams = z.strictObject({ tenantId: z.string() });

const OPEN = STATUSES.filter((status) => !isClosed(status));
const Query = z.strictObject({
  search: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Prefix of the id, or of the name in any case. Tenants found by id come first.'),
  tier: z.string().optional(),
  table: z.string().optional(),
  status: z
    .enum(OPEN)
    .optional()
    .describe(`Status of the tenant's open migration, latest first; at most ${MAX_MIGRATIONS} rows a page.`),
  near: z.coerce
    .number()
    .min(0)
    .max(1_000)
    .optional()
    .describe("Percentage of the tier's limit at which a tenant is listed."),
  sort: z.enum(TENANT_SORTS).optional().describe('Default: by id, or by share if near is given.'),
  limit,
  cursor,
});

const position = z.object({
  tenantId: z.string().transform((id) => id as TenantId),
  tier: z.string().transform((name) => name as TierName),
  table: z.string().transform((name) => name as TableName),
  schools: z.number(),
  nameKey: z.string(),
});
const Place: z.ZodType<TenantCursor> = z.object({
  pass: z.int().min(0),
  after: z.record(z.string(), position),
});
const Before = z.string().transform((id) => id as MigrationId);

type Row = Content<'TenantList'>['tenants'][number];
const rowOf = ({ settings }: Ports, tenant: Tenant): Row => ({
  ...tenant,
  maxSchools: tenant.maxSchools ?? null,
  share: shareOf(settings, tenant) ?? null,
  lockedBy: tenant.lockedBy ?? null,
  decision: decideMove(settings, tenant),
});

const list = async (ports: Ports, query: z.output<typeof Query>): Promise<Content<'TenantList'>> => {
  const { limit: rows, cursor: from, status, near, ...rest } = query;
  if (status !== undefined) return listMigrating(ports, query, status);
  const asked: TenantQuery = { ...rest, near: near === undefined ? undefined : near / PERCENT };
  const described = ['tenants', asked, ports.settings.tiers.map(({ name }) => name)];
  const place = from === undefined ? undefined : placeIn(Place, described, from);
  const page = await listTenants(ports, asked, { limit: rows, place });
  return {
    tenants: page.tenants.map((tenant) => rowOf(ports, tenant)),
    cursor: page.place ? cursorOf(described, page.place) : null,
  };
};

/** Lists tenants by their open migrations, of which there are few. */
const listMigrating = async (
  ports: Ports,
  { search, tier, table, near, sort, limit: rows, cursor: from }: z.output<typeof Query>,
  status: (typeof OPEN)[number],
): Promise<Content<'TenantList'>> => {
  const described = ['moving', status, search, tier, table, near, sort];
  const before = from === undefined ? undefined : placeIn(Before, described, from);
  const most = Math.min(rows, MAX_MIGRATIONS);
  const open: Migration[] = [];
  // one more than the page has, in the same read: it shows whether there is a next page
  const atOnce = most + 1;
  for await (const migration of ports.migrations.list({ status, atOnce, before })) {
    open.push(migration);
    if (open.length > most) break;
  }
  const shown = open.slice(0, most);
  // side by side, since one read after another takes 15 times as long
  const found = await Promise.all(
    shown.flatMap(({ dryRun, tenantId }) =>
      dryRun ? [] : [fallbackIfDamaged(ports.registry.tenant(tenantId), undefined)],
    ),
  );
  const isWanted = (tenant: Tenant): boolean =>
    (tier === undefined || tenant.tier === tier) &&
    (table === undefined || tenant.table === table) &&
    (near === undefined || (shareOf(ports.settings, tenant) ?? 0) * PERCENT >= near) &&
    (search === undefined ||
      tenant.tenantId.startsWith(search) ||
      tenant.name.toLowerCase().startsWith(search.toLowerCase()));
  return {
    tenants: found.flatMap((tenant) => (tenant && isWanted(tenant) ? [rowOf(ports, tenant)] : [])),
    cursor: open.length > most ? cursorOf(described, shown.at(-1)?.migrationId) : null,
  };
};

const detail = async (ports: Ports, id: string): Promise<Content<'TenantDetail'>> => {
  const tenant = await findTenant(ports, id);
  const { tenantId } = tenant;
  const route = await ports.routes.get(tenantId);
  const latest: Migration[] = [];
  for await (const migration of ports.migrations.list({ tenantId, atOnce: SHOWN_MIGRATIONS })) {
    latest.push(migration);
    if (latest.length >= SHOWN_MIGRATIONS) break;
  }
  const listed = await listExecutions(ports, latest);
  return {
    tenant,
    preferencesTag: preferencesTag(tenant),
    share: shareOf(ports.settings, tenant) ?? null,
    decision: decideMove(ports.settings, tenant),
    route: route ?? null,
    targets: recommendedTargets(ports.settings, tenant),
    migrations: listed.map(({ migration, execution }) => ({
      ...migration,
      execution,
      next: nextOf(migration, { execution }),
    })),
  };
};

/** Returns the tag of a tenant's preferences. Its migrations and its number of schools do not change it. */
const preferencesTag = ({ tenantId, autoMigrate, pinnedTier, wantsDedicated, preferencesReason }: Tenant) =>
  etagOf([
    tenantId,
    autoMigrate ?? null,
    pinnedTier ?? null,
    wantsDedicated ?? null,
    preferencesReason ?? null,
  ]);

const changedMeanwhile = ({ tenantId, updatedBy, updatedAt, preferencesReason }: Tenant): ApiProblem =>
  new ApiProblem(
    412,
    'ChangedMeanwhile',
    `the preferences of ${tenantId} have changed since you saw them. Nothing was changed`,
    {
      lastChange: {
        by: updatedBy,
        at: updatedAt,
        reason: preferencesReason,
      },
    },
  );

/**
 * Changes preferences that are as the operator saw them.
 * @throws ApiProblem with the operator who was first if they are not.
 */
const changePreferences = async (
  ports: Ports,
  id: string,
  ifMatch: string,
  { wanted, ...note }: { readonly wanted: z.output<typeof Wanted>; readonly by: string },
): Promise<Tenant> => {
  const seen = await findTenant(ports, id);
  if (!namesEtag(ifMatch, preferencesTag(seen))) throw changedMeanwhile(seen);
  try {
    return await setPreferences(ports, id, wantedOf(wanted), { ...note, reason: wanted.reason }, seen);
  } catch (error) {
    const now = error instanceof Conflict ? await findTenant(ports, id) : seen;
    throw preferencesTag(now) === preferencesTag(seen) ? error : changedMeanwhile(now);
  }
};

const Wanted = z.strictObject({
  reason,
  autoMigrate: z.enum(['on', 'off']).optional(),
  pin: z.string().optional().describe('A tier, or `none`.'),
  dedicated: z.boolean().optional(),
});

export const addTenants = (app: App, ports: Ports): void => {
  addEndpoint(app, ports, {
    method: 'get',
    path: '/tenants',
    operationId: 'listTenants',
    summary: 'Lists tenants by an index: a page costs at most 25 read units.',
    role: 'viewer',
    params: none,
    query: Query,
    body: none,
    answer: 'TenantList',
    give: async ({ query }) => ({ content: await list(ports, query) }),
  });
  addEndpoint(app, ports, {
    method: 'get',
    path: '/tenants/{tenantId}',
    operationId: 'getTenant',
    summary: 'Shows a tenant, its route, its targets and its latest migrations.',
    role: 'viewer',
    params: tenantParams,
    query: none,
    body: none,
    answer: 'TenantDetail',
    give: async ({ params }) => ({ content: await detail(ports, params.tenantId) }),
  });
  addEndpoint(app, ports, {
    method: 'post',
    path: '/tenants/{tenantId}/preferences',
    operationId: 'setPreferences',
    summary: 'Changes whether and where a tenant moves when it outgrows its tier.',
    role: 'operator',
    params: tenantParams,
    query: none,
    body: Wanted,
    answer: 'ChangedTenant',
    requiresMatch: "the tenant's preferencesTag",
    give: async ({ params, body, subject, ifMatch }) => {
      const change = { wanted: body, by: auditName(subject) };
      return { content: { tenant: await changePreferences(ports, params.tenantId, ifMatch, change) } };
    },
  });
};

const wantedOf = ({ autoMigrate, pin, dedicated }: z.output<typeof Wanted>) => ({
  autoMigrate,
  pin,
  dedicated,
});
