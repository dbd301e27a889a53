import type { Query, QueryClient } from '@tanstack/react-query';
import type { GetPath } from '../api/client.ts';
import type { PublishedEvent } from './follow-stream.ts';

/** Minimum time between two readings, in ms. Changes within it are read together. */
const TOGETHER_MS = 150;

/** Time after a flip within which the workflow's next step writes the tenant's table to the registry, in ms. It has no event. */
const REGISTRY_CONFIRMED_MS = 5_000;

/** Documents of one migration or tenant. */
const OF_ONE: ReadonlySet<string> = new Set<GetPath>([
  '/migrations/{migrationId}',
  '/migrations/{migrationId}/actions',
  '/migrations/{migrationId}/events',
  '/migrations/{migrationId}/plan',
  '/migrations/{migrationId}/report',
  '/migrations/{migrationId}/segments',
  '/tenants/{tenantId}',
]);
/** Documents that any migration may change. */
const LISTS: ReadonlySet<string> = new Set<GetPath>(['/migrations', '/queue']);
/** Documents that change as tenants are locked and moved, which no dry run does. */
const OF_TENANTS: ReadonlySet<string> = new Set<GetPath>(['/tables', '/tenants']);

/** The subjects of events that arrived together. */
interface EventSubjects {
  /** Ids of migrations and tenants. */
  readonly ids: ReadonlySet<string>;
  /** Sources and targets of migrations whose status has changed, without those of dry runs. */
  readonly tables: ReadonlySet<string>;
}

/** True unless a document never changes, or is too costly to be asked for without a click. */
export const isKeptCurrent = ({ meta }: Pick<Query, 'meta'>): boolean => meta?.isLive !== false;

/** True if these events may have changed the data of a query. */
export const isTouched = ([path, args]: readonly unknown[], { ids, tables }: EventSubjects): boolean => {
  if (typeof path !== 'string') return false;
  if (LISTS.has(path)) return true;
  if (OF_TENANTS.has(path)) {
    const table = valueIn(valueIn(args, 'query'), 'table');
    return typeof table === 'string' ? tables.has(table) : tables.size > 0;
  }
  const params = valueIn(args, 'params');
  if (!OF_ONE.has(path) || typeof params !== 'object' || params === null) return false;
  return Object.values(params).some((id) => typeof id === 'string' && ids.has(id));
};

const valueIn = (holder: unknown, name: string): unknown =>
  typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;

/**
 * Returns a handler of notices. It requests only the documents that a notice may have changed, and of those only the
 * ones on the screen. If one has not changed, the server says so without sending it.
 */
export const eventApplier = (queries: QueryClient): ((event: PublishedEvent) => void) => {
  let ids = new Set<string>();
  let tables = new Set<string>();
  let isWaiting = false;
  let readAt = Number.NEGATIVE_INFINITY;
  const flush = () => {
    const changed = { ids, tables };
    ids = new Set();
    tables = new Set();
    isWaiting = false;
    readAt = performance.now();
    void queries.invalidateQueries({
      predicate: (query: Query) => isKeptCurrent(query) && isTouched(query.queryKey, changed),
    });
  };
  const apply = ({ migrationId, tenantId, dryRun, from, to, source, target }: PublishedEvent) => {
    ids.add(migrationId).add(tenantId);
    if (!dryRun && from !== to)
      for (const { table } of [source, target]) if (table !== undefined) tables.add(table);
    if (isWaiting) return;
    isWaiting = true;
    // the first change after a silence is read at once, with those that arrived in the same part of the stream
    setTimeout(flush, Math.max(0, readAt + TOGETHER_MS - performance.now()));
  };
  return (event) => {
    apply(event);
    if (event.to === 'holding' && event.from !== 'holding') setTimeout(apply, REGISTRY_CONFIRMED_MS, event);
  };
};
