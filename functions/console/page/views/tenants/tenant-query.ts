import type { GetArgs } from '../../api/client.ts';

type Query = NonNullable<GetArgs<'/tenants'>['query']>;
type Sort = NonNullable<Query['sort']>;
type OpenStatus = NonNullable<Query['status']>;

/** Filters of the list of tenants, as they stand in the address. */
export const FILTERS = {
  ...{ search: '', tier: '', table: '', status: '', near: '', sort: '' },
  ...{ cursor: '', page: '1' },
};
export type Filters = Readonly<typeof FILTERS>;

export const ROWS = 50;

const SORTS: Readonly<Record<Sort, string>> = { id: 'Id', name: 'Name', share: 'Share of the limit' };
export const SORT_OPTIONS = Object.entries(SORTS).map(([value, label]) => ({ value, label }));

/** Statuses of an open migration, by which the list can be filtered. */
export const OPEN_STATUSES: readonly OpenStatus[] = [
  ...(['queued', 'planning', 'provisioning', 'copying', 'catchingUp', 'cuttingOver'] as const),
  ...(['holding', 'cleaningUp', 'rollingBack'] as const),
];

export const SHARES = [50, 80, 100] as const;

/** A request for a page of tenants, with the reason why a filter or the order cannot be chosen at the moment. */
export interface TenantRequest {
  readonly query: Query;
  readonly nearRefusal: string | undefined;
  readonly sortRefusal: string | undefined;
  /** The order that is in effect. */
  readonly sort: Order;
}

/** An order of the list: one that can be chosen, or one that goes with a filter. */
type Order = Sort | 'match' | 'latest';

const ORDER_LABELS: Readonly<Record<Order, string>> = {
  ...SORTS,
  ...{ match: 'Best match', latest: 'Latest migration' },
};
export const orderLabel = (order: Order): string => ORDER_LABELS[order];

const isSort = (text: string): text is Sort => Object.hasOwn(SORTS, text);
const statusIn = (text: string): OpenStatus | undefined => OPEN_STATUSES.find((status) => status === text);
const shareIn = (text: string): number | undefined => {
  const share = Number(text);
  return text !== '' && share >= 0 && share <= 1_000 ? share : undefined;
};

/** Makes a request of filters. The server's indexes do not give every order with every filter. */
export const tenantRequest = (filters: Filters): TenantRequest => {
  const { search, tier, table, cursor } = filters;
  const status = statusIn(filters.status);
  const isSearch = search !== '' && status === undefined;
  const near = isSearch ? undefined : shareIn(filters.near);
  const { sort, refusal } = sortOf(filters, { status, isSearch, near });
  return {
    query: {
      ...(search === '' ? {} : { search }),
      ...(tier === '' ? {} : { tier }),
      ...(table === '' ? {} : { table }),
      ...(status === undefined ? {} : { status }),
      ...(near === undefined ? {} : { near }),
      ...(refusal === undefined && isSort(sort) && sort !== 'id' ? { sort } : {}),
      ...(cursor === '' ? {} : { cursor }),
      limit: ROWS,
    },
    nearRefusal: isSearch ? 'A search covers every share of the limit.' : undefined,
    ...{ sortRefusal: refusal, sort },
  };
};

interface InEffect {
  readonly status: OpenStatus | undefined;
  readonly isSearch: boolean;
  readonly near: number | undefined;
}

const sortOf = (
  { sort, table }: Filters,
  { status, isSearch, near }: InEffect,
): { readonly sort: Order; readonly refusal: string | undefined } => {
  if (status !== undefined) return { sort: 'latest', refusal: 'The latest migration comes first.' };
  if (isSearch) return { sort: 'match', refusal: 'Matching ids come first, then matching names.' };
  if (near !== undefined) return { sort: 'share', refusal: 'The tenant nearest its limit comes first.' };
  const wanted = isSort(sort) ? sort : 'id';
  return { sort: table !== '' && wanted === 'name' ? 'id' : wanted, refusal: undefined };
};

/** Returns what has to change together with some filters: another list begins at its first page. */
export const withFirstPage = (change: Partial<Filters>): Partial<Filters> => ({
  ...change,
  ...{ cursor: '', page: '1' },
});

/** True if a filter is set, so that an empty list does not mean that there is no tenant. */
export const isFiltered = ({ search, tier, table, status, near }: Filters): boolean =>
  [search, tier, table, status, near].some((value) => value !== '');
