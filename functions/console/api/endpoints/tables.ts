import * as z from 'zod';
import { Conflict, InvalidRequest } from '../../../migration/errors.ts';
import { type TierName, tableName } from '../../../migration/names.ts';
import { reinstateTable, retireTable } from '../../../migration/operator/retire-table.ts';
import type { Ports } from '../../../migration/ports.ts';
import type { TierTable } from '../../../migration/registry/tier-table.ts';
import { tierOf } from '../../../migration/settings/settings.ts';
import { auditName } from '../access/subject.ts';
import { cursorOf, placeIn } from '../http/cursor.ts';
import { type App, addEndpoint, none } from '../http/endpoint.ts';
import { etagOf, namesEtag } from '../http/etag.ts';
import { ApiProblem } from '../http/problem.ts';
import { reason } from './reason.ts';
import { tableCapacities } from './table-capacities.ts';
import { cursor, limit } from './tenants.ts';

const tableParams = z.strictObject({ table: z.string() });
const Tables = z.strictObject({
  tier: z.string().optional(),
  all: z.enum(['true', 'false']).default('false').describe('Those that were dropped, too.'),
  limit,
  cursor,
});
const Place = z.object({
  tier: z.string().transform((name) => name as TierName),
  after: z.string().transform(tableName).optional(),
});

/** Reads of an index that a page makes at most: most of a tier's tables may have been dropped. */
const MAX_READS = 5;

/** Lists tables tier by tier, in the order of the catalogue, each by an index. */
const listTables = async (
  { registry, settings }: Ports,
  { tier, all, limit: rows, cursor: from }: z.output<typeof Tables>,
): Promise<{ readonly tables: readonly TierTable[]; readonly cursor: string | null }> => {
  if (tier !== undefined && !tierOf(settings, tier))
    throw new InvalidRequest(`there is no tier '${tier}' in the catalogue`);
  const names = settings.tiers.flatMap(({ name }) => (tier === undefined || name === tier ? [name] : []));
  const described = ['tables', tier, all, names];
  const place = from === undefined ? undefined : placeIn(Place, described, from);
  const tables: TierTable[] = [];
  let { after } = place ?? {};
  let at = place ? Math.max(0, names.indexOf(place.tier)) : 0;
  for (let reads = 0; ; reads += 1) {
    const name = names[at];
    if (name === undefined) return { tables, cursor: null };
    if (tables.length >= rows || reads >= MAX_READS)
      return { tables, cursor: cursorOf(described, { tier: name, after }) };
    const page = await registry.tablesIn(name, {
      limit: rows - tables.length,
      after,
    });
    tables.push(...page.tables.filter(({ state }) => all === 'true' || state !== 'dropped'));
    after = page.last;
    if (after === undefined) at += 1;
  }
};

/** Returns the tag of a table's state and of the operator who has set it. Tenants that come and go do not change it. */
const stateTag = ({ table, state, operatorNote }: TierTable): string =>
  etagOf([table, state, operatorNote ?? null]);

const changedMeanwhile = ({ table, operatorNote }: TierTable): ApiProblem =>
  new ApiProblem(
    412,
    'ChangedMeanwhile',
    `table ${table} has changed since you saw it. Nothing was changed`,
    operatorNote ? { lastChange: operatorNote } : {},
  );

/**
 * Changes a table that is as the operator saw it.
 * @throws ApiProblem with the operator who was first if it is not.
 */
const changeAsSeen = async <T>(
  ports: Ports,
  name: string,
  ifMatch: string,
  change: (seen: TierTable) => Promise<T>,
): Promise<T> => {
  const seen = await tableNow(ports, name);
  if (!namesEtag(ifMatch, stateTag(seen))) throw changedMeanwhile(seen);
  try {
    return await change(seen);
  } catch (error) {
    const now = error instanceof Conflict ? await tableNow(ports, name) : seen;
    throw stateTag(now) === stateTag(seen) ? error : changedMeanwhile(now);
  }
};

const tableNow = async ({ registry }: Ports, name: string): Promise<TierTable> => {
  const table = await registry.table(tableName(name));
  if (!table) throw new ApiProblem(404, 'TableNotFound', `there is no table ${name} in the registry`);
  return table;
};

export const addTables = (app: App, ports: Ports): void => {
  const withCapacities = tableCapacities(ports);
  const post = { method: 'post', role: 'admin', query: none } as const;
  const requiresMatch = "the table's stateTag";
  addEndpoint(app, ports, {
    method: 'get',
    path: '/tables',
    operationId: 'listTables',
    summary: 'Lists the tier tables with their occupancy and capacity, tier by tier.',
    role: 'viewer',
    params: none,
    query: Tables,
    body: none,
    answer: 'TableList',
    give: async ({ query }) => {
      const { tables, cursor: next } = await listTables(ports, query);
      const rows = await withCapacities(tables);
      return { content: { tables: rows.map((row) => ({ ...row, stateTag: stateTag(row) })), cursor: next } };
    },
  });
  addEndpoint(app, ports, {
    ...post,
    path: '/tables/{table}/retire',
    operationId: 'retireTable',
    summary: 'Stops placing tenants in a table and requests migrations of its tenants within the tier.',
    params: tableParams,
    body: z.strictObject({ reason }),
    answer: 'RetiredTable',
    status: 202,
    requiresMatch,
    give: async ({ params: { table }, body, subject, ifMatch }) => {
      const by = auditName(subject);
      const content = await changeAsSeen(ports, table, ifMatch, (seen) =>
        retireTable(ports, { table, by, reason: body.reason, waits: false, seen }),
      );
      return { content };
    },
  });
  addEndpoint(app, ports, {
    ...post,
    path: '/tables/{table}/reinstate',
    operationId: 'reinstateTable',
    summary: 'Allows a table that was being retired to take tenants again.',
    params: tableParams,
    body: z.strictObject({ reason }),
    answer: 'ChangedTable',
    requiresMatch,
    give: async ({ params: { table }, body, subject, ifMatch }) => {
      const note = { by: auditName(subject), reason: body.reason };
      await changeAsSeen(ports, table, ifMatch, (seen) => reinstateTable(ports, table, note, seen));
      return { content: { table: await tableNow(ports, table) } };
    },
  });
};
