import { InvalidRequest } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { type Settings, tierOf } from '../settings/settings.ts';
import type { Tenant } from './tenant.ts';
import { nameKeyOf, type TenantPosition, type TenantRange } from './tenant-range.ts';

export const TENANT_SORTS = ['id', 'name', 'share'] as const;

/** Filters and order of a list of tenants. */
export interface TenantQuery {
  /** Beginning of an id, or of a name regardless of case. Tenants found by id come first. */
  readonly search?: string | undefined;
  readonly tier?: string | undefined;
  readonly table?: string | undefined;
  /** Minimum share of the tier's limit of schools. */
  readonly near?: number | undefined;
  /** `id` by default; `share` if `near` is given. */
  readonly sort?: (typeof TENANT_SORTS)[number] | undefined;
}

/** Position in a list: the last tenant listed from each range, by the range's number. */
export interface TenantCursor {
  readonly pass: number;
  readonly after: Readonly<Record<string, TenantPosition>>;
}

/** One page of a list of tenants. */
export interface TenantPage {
  readonly tenants: readonly Tenant[];
  /** Beginning of the next page; absent at the end. */
  readonly place?: TenantCursor;
  /** Read units used for the page. */
  readonly units: number;
}

/** Read units after which a page ends with the tenants found so far. With one more read of each index it stays below 25. */
const PAGE_UNITS = 17;

/** Ranges that are merged into one order, with a filter. */
interface Pass {
  readonly ranges: readonly TenantRange[];
  matches(tenant: Tenant): boolean;
  /** Returns a negative number if the first tenant comes before the second. */
  compare(a: Tenant, b: Tenant): number;
}

/**
 * Returns one page of tenants, read from the registry's indexes and never by a scan. A page that has used `PAGE_UNITS` ends
 * early, with the position at which the next one begins.
 * @throws InvalidRequest if the tier is not in the catalogue, or search, filters and sort do not fit together
 */
export const listTenants = async (
  ports: Pick<Ports, 'registry' | 'settings'>,
  query: TenantQuery,
  { limit, place }: { readonly limit: number; readonly place?: TenantCursor | undefined },
): Promise<TenantPage> => {
  const passes = passesOf(ports.settings, query);
  const tenants: Tenant[] = [];
  let units = 0;
  for (let pass = place?.pass ?? 0; pass < passes.length; pass += 1) {
    const after = pass === place?.pass ? place.after : {};
    const one = passes[pass];
    if (!one) break;
    const merged = await mergeRanges(ports, one, { after, wanted: limit - tenants.length, units });
    tenants.push(...merged.tenants);
    units = merged.units;
    if (!merged.isDone) return { tenants, units, place: { pass, after: merged.after } };
    const isLast = pass === passes.length - 1;
    if (tenants.length >= limit && !isLast) return { tenants, units, place: { pass: pass + 1, after: {} } };
  }
  return { tenants, units };
};

const passesOf = (settings: Settings, query: TenantQuery): readonly Pass[] => {
  const { search, tier: tierName, near, sort = near === undefined ? 'id' : 'share' } = query;
  if (tierName !== undefined && !tierOf(settings, tierName))
    throw new InvalidRequest(
      `there is no tier '${tierName}'. Tiers of the catalogue: ${settings.tiers.map(({ name }) => name).join(', ')}`,
    );
  if (search !== undefined && sort !== 'id')
    throw new InvalidRequest(
      'cannot sort a search: its results are sorted by id, then by name. Leave out sort and near',
    );
  if (near !== undefined && sort !== 'share')
    throw new InvalidRequest(
      'cannot sort tenants near their limit in another order: they are sorted by share. Leave out sort',
    );
  if (query.table !== undefined && sort === 'name')
    throw new InvalidRequest('cannot sort the tenants of a table by name. Sort them by id or by share');
  if (search !== undefined) return searchPasses(settings, query, search);
  const order = sort === 'share' ? 'schools' : sort;
  const compare = sort === 'share' ? byShare(settings) : sort === 'name' ? byName : byId;
  return [{ ranges: rangesOf(settings, query, order), matches: isAmong(settings, query), compare }];
};

const searchPasses = (settings: Settings, query: TenantQuery, search: string): readonly Pass[] => {
  const isFiltered = isAmong(settings, query);
  const name = nameKeyOf(search);
  const byNames =
    query.table === undefined ? rangesOf(settings, query, 'name') : rangesOf(settings, query, 'id');
  return [
    {
      ranges: rangesOf(settings, query, 'id').map((range) => ({ ...range, prefix: search })),
      matches: isFiltered,
      compare: byId,
    },
    {
      ranges: byNames.map((range) => (range.order === 'name' ? { ...range, prefix: name } : range)),
      matches: (tenant) =>
        isFiltered(tenant) && nameKeyOf(tenant.name).startsWith(name) && !tenant.tenantId.startsWith(search),
      compare: query.table === undefined ? byName : byId,
    },
  ];
};

/** Returns one range for a table or a tier, otherwise one per tier. With `near`, leaves out tiers without a limit. */
const rangesOf = (
  { tiers }: Settings,
  { table, tier, near }: TenantQuery,
  order: TenantRange['order'],
): readonly TenantRange[] => {
  if (table !== undefined) return [{ by: 'table', value: table, order }];
  return tiers
    .filter(({ name }) => tier === undefined || name === tier)
    .flatMap(({ name, maxSchools }): TenantRange[] => {
      const range = { by: 'tier', value: name, order } as const;
      if (near === undefined) return [range];
      return maxSchools === undefined ? [] : [{ ...range, atLeast: Math.ceil(near * maxSchools) }];
    });
};

const isAmong =
  (settings: Settings, { tier, table, near }: TenantQuery) =>
  (tenant: Tenant): boolean =>
    (tier === undefined || tenant.tier === tier) &&
    (table === undefined || tenant.table === table) &&
    (near === undefined || (shareOf(settings, tenant) ?? 0) >= near);

/** Returns a tenant's schools as a share of its tier's limit; undefined if there is no limit. */
export const shareOf = (
  settings: Settings,
  { tier, schoolCount }: Pick<Tenant, 'tier' | 'schoolCount'>,
): number | undefined => {
  const { maxSchools } = tierOf(settings, tier) ?? {};
  return maxSchools === undefined ? undefined : schoolCount / maxSchools;
};

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byId = (a: Tenant, b: Tenant): number => byText(a.tenantId, b.tenantId);
const byName = (a: Tenant, b: Tenant): number => byText(nameKeyOf(a.name), nameKeyOf(b.name)) || byId(a, b);
const byShare =
  (settings: Settings) =>
  (a: Tenant, b: Tenant): number =>
    (shareOf(settings, b) ?? -1) - (shareOf(settings, a) ?? -1);

/** Reading state of a range: tenants read ahead, and the last tenant that was merged. */
interface RangeReader {
  readonly range: TenantRange;
  readonly ahead: Tenant[];
  readFrom: TenantPosition | undefined;
  passed: TenantPosition | undefined;
  isRead: boolean;
}

interface MergeResult {
  readonly tenants: readonly Tenant[];
  readonly after: TenantCursor['after'];
  readonly units: number;
  readonly isDone: boolean;
}

/** Merges sorted ranges until enough tenants are found, or the page has used `PAGE_UNITS`. */
const mergeRanges = async (
  { registry }: Pick<Ports, 'registry'>,
  { ranges, matches, compare }: Pass,
  begin: { readonly after: TenantCursor['after']; readonly wanted: number; readonly units: number },
): Promise<MergeResult> => {
  const sources = ranges.map((range, n): RangeReader => {
    const from = begin.after[n];
    return { range, ahead: [], readFrom: from, passed: from, isRead: false };
  });
  // an estimate: a filter may leave out most of the tenants that are read
  const atOnce = Math.ceil(begin.wanted / Math.max(1, ranges.length)) + 1;
  const tenants: Tenant[] = [];
  let { units } = begin;
  const stop = (isDone: boolean): MergeResult => ({ tenants, after: positionsOf(sources), units, isDone });
  for (;;) {
    const empty = sources.filter(({ ahead, isRead }) => ahead.length === 0 && !isRead);
    if (empty.length > 0 && (tenants.length >= begin.wanted || units >= PAGE_UNITS)) return stop(false);
    // side by side: together they read about as many records as a list of one range reads at once
    const read = await Promise.all(
      empty.map(async (source) => {
        const page = await registry.tenantsIn(source.range, { limit: atOnce, after: source.readFrom });
        source.ahead.push(...page.tenants);
        source.readFrom = page.last;
        source.isRead = page.last === undefined;
        return page.units;
      }),
    );
    for (const used of read) units += used;
    // a page may contain damaged records only
    if (sources.some(({ ahead, isRead }) => ahead.length === 0 && !isRead)) continue;
    const first = firstOf(sources, compare);
    if (!first) return stop(true);
    if (tenants.length >= begin.wanted) return stop(false);
    const tenant = first.ahead.shift();
    if (!tenant) continue;
    first.passed = positionOf(tenant);
    if (matches(tenant)) tenants.push(tenant);
  }
};

const firstOf = (sources: readonly RangeReader[], compare: Pass['compare']): RangeReader | undefined => {
  let first: { readonly source: RangeReader; readonly head: Tenant } | undefined;
  for (const source of sources) {
    const [head] = source.ahead;
    if (head && (!first || compare(head, first.head) < 0)) first = { source, head };
  }
  return first?.source;
};

const positionsOf = (sources: readonly RangeReader[]): TenantCursor['after'] =>
  Object.fromEntries(sources.flatMap(({ passed }, n) => (passed ? [[String(n), passed]] : [])));

const positionOf = ({ tenantId, tier, table, schoolCount, name }: Tenant): TenantPosition => ({
  tenantId,
  tier,
  table,
  schools: schoolCount,
  nameKey: nameKeyOf(name),
});
